import type { ClientConfig } from "../config.ts";
import { CommandError, EXIT } from "./exit.ts";

/** Longer than any answer of a healthy service. */
const ANSWER_MS_MAX = 30_000;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

type Refusal = Pick<Answer, "status" | "body">;

/**
 * One request to the service. Throws CommandError `unavailable` when nothing answers there, and `failed` when what answers is another
 * program. What takes longer than any read is asked by `requestPatiently` (patient-request.ts).
 */
export async function request(url: string, init: RequestInit = {}): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  } catch (error) {
    throw nothingAnswers(url, error);
  }
  const { status, headers } = response;
  return { status, headers, body: parseAnswer(await response.text(), status, url) };
}

/** `error`: what a request ended with, which has the reason as its cause. */
export function nothingAnswers(url: string, error: unknown): CommandError {
  const { cause } = error as Error;
  const why = cause instanceof Error && cause.message !== "" ? cause.message : String(error);
  return new CommandError(EXIT.unavailable, `nothing answers at ${url.split("/", 3).join("/")}: ${why}`);
}

/** The body of a 200 of the service that `config` names. Throws CommandError with what the service said otherwise. */
export async function getJson(config: ClientConfig, path: string): Promise<unknown> {
  return (await getAnswer(config, path)).body;
}

/** The 200 itself. */
export async function getAnswer(config: ClientConfig, path: string): Promise<Answer> {
  const answer = await request(`${config.url}${path}`, { headers: headersOf(config) });
  if (answer.status === 200) return answer;
  throw refusalOf(answer);
}

export function headersOf({ token }: ClientConfig): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** What ends a command that asked for something to read and did not get it. */
export function refusalOf(answer: Refusal): CommandError {
  const advice = answer.status === 401 ? "; set API_TOKEN" : "";
  return new CommandError(exitCodeFor(answer.status), `${describeRefusal(answer)}${advice}`);
}

/** `422 limit: must be an integer from 1 to 100` */
export function describeRefusal({ status, body }: Refusal): string {
  return `${status} ${(body as { detail?: string } | null | undefined)?.detail ?? "without a detail"}`;
}

export function exitCodeFor(status: number): number {
  if (status === 503) return EXIT.unavailable;
  return status === 422 ? EXIT.usage : EXIT.failed;
}

/** JSON for a terminal: C1 control characters, which JSON lets stand, could steer it. Parses to the same value. */
export function printable(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The JSON of an answer. Throws CommandError where it is none. */
export function parseAnswer(text: string, status: number, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandError(
      EXIT.failed,
      `${url} answered ${status}, and not as lyftr does: is it another program?`,
    );
  }
}
