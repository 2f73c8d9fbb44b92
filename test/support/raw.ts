import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { text as textOf } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { type Answer, type Body, bytesOf, signature } from "./client.ts";

/** A TCP connection on which a test writes what no HTTP client would. */
export interface RawConnection {
  /** Resolves when the bytes have left this process. */
  send(bytes: Buffer | string): Promise<void>;
  /** The next answer, whole. Rejects when the connection ends before it. */
  answer(options?: { bodiless: boolean }): Promise<Answer>;
  /** What has come that no answer() has taken, as text. */
  rest(): string;
  /** Ends it without goodbye, as a peer that crashed. */
  destroy(): void;
  /** Resolves when the connection is closed, by whichever side. */
  readonly closed: Promise<void>;
}

/** With `allowHalfOpen` it keeps its own side open when the service has closed the other. */
export async function openRaw(
  t: TestContext,
  url: string,
  options: { allowHalfOpen?: boolean } = {},
): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, ...options });
  t.after(() => socket.destroy());
  await once(socket, "connect");
  let received = Buffer.alloc(0);
  let isClosed = false;
  let wake = (): void => undefined;
  const closed = new Promise<void>((resolve) => {
    socket.on("close", () => {
      isClosed = true;
      wake();
      resolve();
    });
  });
  // A reset is how some of these tests end; what was received before it is still looked at.
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });

  async function answer({ bodiless } = { bodiless: false }): Promise<Answer> {
    for (;;) {
      const found = readAnswer(received, bodiless);
      if (found !== null) {
        received = received.subarray(found.length);
        return found.answer;
      }
      if (isClosed) throw new Error(`closed before an answer was whole; received: ${received.toString()}`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }

  return {
    send: (bytes) => new Promise((resolve) => void socket.write(bytes, () => resolve())),
    answer,
    rest: () => received.toString(),
    destroy: () => void socket.destroy(),
    closed,
  };
}

/** The first answer in the bytes, and how long it is; null while it is not whole. */
function readAnswer(bytes: Buffer, bodiless: boolean): { answer: Answer; length: number } | null {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return null;
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
  const headers = new Headers(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(":")),
      line.slice(line.indexOf(":") + 1),
    ]),
  );
  const bodyStart = headEnd + 4;
  const bodyLength = bodiless || status < 200 ? 0 : Number(headers.get("content-length") ?? 0);
  const length = bodyStart + bodyLength;
  if (bytes.length < length) return null;
  const text = bytes.toString("utf8", bodyStart, length);
  return { answer: { status, headers, text, json: jsonOf(headers, text) }, length };
}

/** A request's head: the line, Host, the given header lines, and the empty line. */
export function rawHead(line: string, headers: readonly string[] = []): string {
  return [`${line} HTTP/1.1`, "Host: test", ...headers, "", ""].join("\r\n");
}

/** A whole POST /webhook, rightly signed. */
export function rawPost(body: Body, headers: readonly string[] = []): Buffer {
  const bytes = bytesOf(body);
  const own = [`X-Signature: ${signature(bytes)}`, `Content-Length: ${bytes.length}`];
  return Buffer.concat([Buffer.from(rawHead("POST /webhook", [...own, ...headers])), bytes]);
}

/**
 * GET with the target exactly as given, where fetch would percent-encode it. Each of its characters, which must be
 * below U+0100, is sent as one byte.
 */
export async function getRaw(url: string, target: string): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const sent = get({ hostname, port, path: target, agent: false });
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const text = await textOf(response);
  const pairs = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const headers = new Headers(pairs);
  return { status: response.statusCode ?? 0, headers, text, json: jsonOf(headers, text) };
}

/** The body parsed where the headers say it is JSON; else undefined. */
function jsonOf(headers: Headers, text: string): unknown {
  const isJson = (headers.get("content-type") ?? "").startsWith("application/json");
  return isJson && text !== "" ? JSON.parse(text) : undefined;
}
