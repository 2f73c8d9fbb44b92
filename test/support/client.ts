import { createHmac } from "node:crypto";
import { SECRET } from "./sample.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body parsed; undefined when it is empty. Tests compare it whole. */
  readonly json: unknown;
}

export type Body = Buffer | string | object;

/** An independent signer: the tests do not trust the program's own. */
export function signature(body: Buffer | string, secret = SECRET): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

/** Bytes and strings as they are; anything else as JSON. */
export function bytesOf(body: Body): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

/** POST /webhook, rightly signed unless `headers` says otherwise. */
export async function post(url: string, body: Body, headers: Record<string, string> = {}): Promise<Answer> {
  const bytes = bytesOf(body);
  return request(`${url}/webhook`, {
    method: "POST",
    body: new Uint8Array(bytes),
    headers: { "x-signature": signature(bytes), ...headers },
  });
}

export async function request(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = (response.headers.get("content-type") ?? "").startsWith("application/json");
  const json: unknown = isJson && text !== "" ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, json };
}
