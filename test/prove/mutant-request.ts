/** Requests as bytes, for what no HTTP client would write. */
import type { Random } from "../support/random.ts";
import { mutateText } from "./mutate.ts";

/** Of the role read. */
export const TOKEN = "0123456789abcdef-of-the-proof";
/** Of the role admin. */
export const ERASER = "fedcba9876543210-that-erases";

export function post(body: Buffer, headers: readonly string[]): Buffer {
  const start = head("POST /webhook", [...headers, `Content-Length: ${body.length}`]);
  return Buffer.concat([start, body]);
}

export function get(path: string, headers: readonly string[] = []): Buffer {
  return head(`GET ${path}`, headers, TOKEN);
}

export function head(line: string, headers: readonly string[], token?: string): Buffer {
  const own = token === undefined ? [] : [`Authorization: Bearer ${token}`];
  return Buffer.from([`${line} HTTP/1.1`, "Host: here", ...own, ...headers, "", ""].join("\r\n"), "latin1");
}

export function target(path: string, random: Random): string {
  return random.below(2) === 0 ? path : inTarget(mutateText(path, random));
}

/** Without what would end the target; Latin-1, as it is written to the socket. */
export function inTarget(text: string): string {
  const target = Buffer.from(text, "utf8")
    .toString("latin1")
    .replaceAll(/[\0-\x20\x7f]/g, "%20");
  return target === "" ? "/" : target;
}
