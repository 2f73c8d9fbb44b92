/**
 * A request whose answer may take hours. `fetch` gives up when no head of an answer came for 300 s, whatever its signal says, and
 * Node has no setting for that.
 */
import { type IncomingMessage, request as requestByHttp, type RequestOptions } from "node:http";
import { request as requestByHttps } from "node:https";
import { text } from "node:stream/consumers";
import { type Answer, nothingAnswers, parseAnswer } from "./client.ts";

interface Asked {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * One request to the service, without a body, which is waited for as long as said. Throws CommandError as `request` (client.ts) does;
 * a redirection is not followed.
 */
export async function requestPatiently(
  url: string,
  asked: Asked,
  answerMsMax: number,
): Promise<Omit<Answer, "headers">> {
  let status: number;
  let body: string;
  try {
    const response = await answerTo(url, { ...asked, signal: AbortSignal.timeout(answerMsMax) });
    status = response.statusCode ?? 0;
    body = await text(response);
  } catch (error) {
    throw nothingAnswers(url, new Error("no answer", { cause: (error as Error).cause ?? error }));
  }
  return { status, body: parseAnswer(body, status, url) };
}

function answerTo(url: string, options: RequestOptions): Promise<IncomingMessage> {
  const send = url.startsWith("https:") ? requestByHttps : requestByHttp;
  return new Promise((resolve, reject) => {
    send(url, options, resolve).on("error", reject).end();
  });
}
