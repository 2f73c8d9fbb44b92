import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";

export interface Exchange {
  readonly status: number;
  readonly contentType: string;
  readonly link: string | undefined;
  readonly allow: string | undefined;
  readonly body: string;
}

export interface Sending {
  readonly method: string;
  /** As it stands, one byte a character. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** A request with any method, target and header values that Node's client will write. */
export async function exchange(
  url: string,
  { method, target, headers = {}, body }: Sending,
): Promise<Exchange> {
  const { hostname, port } = new URL(url);
  const sent = request({ hostname, port, method, path: target, headers, agent: false });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const bytes = await buffer(response);
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers["content-type"] ?? "",
    link: response.headers["link"] as string | undefined,
    allow: response.headers.allow,
    body: bytes.toString(),
  };
}

/** Sends the bytes over a connection of their own, then ends its side; all that came back until the other side did. */
export async function exchangeBytes(url: string, bytes: Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const received: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => received.push(chunk));
  // A server may reset the connection of a peer that goes on writing what it has refused.
  socket.on("error", () => undefined);
  socket.end(bytes);
  // Not events.once, which fails at a reset.
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return Buffer.concat(received).toString();
}
