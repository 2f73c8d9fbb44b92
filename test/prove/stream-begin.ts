/** A stream that is left as soon as it has begun. */
import { createConnection } from "node:net";
import type { Reply } from "./connection.ts";

export interface Begun extends Reply {
  /** The id of its first event; undefined where it is refused. */
  readonly place: string | undefined;
}

/** Over a connection of its own. Rejects when that ends before the first event, or before the whole answer that refuses it. */
export function beginStream(url: string, request: Buffer): Promise<Begun> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = createConnection({ port: Number(port), host: hostname }, () => socket.write(request));
    socket.setEncoding("utf8").on("data", (text: string) => {
      received += text;
      const begun = begunOf(received);
      if (begun === null) return;
      resolve(begun);
      socket.destroy();
    });
    // Behind an answer neither changes anything.
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the service closed the connection")));
  });
}

/** Null while it is not whole. */
function begunOf(received: string): Begun | null {
  const [head = "", ...rest] = received.split("\r\n\r\n");
  if (rest.length === 0) return null;
  const text = rest.join("\r\n\r\n");
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  const place = length === undefined ? /^id: (\S+)$/m.exec(text)?.[1] : undefined;
  if (length === undefined ? place === undefined : Buffer.byteLength(text) < Number(length)) return null;
  const retryAfter = /\r\nretry-after: ([^\r]*)/i.exec(head)?.[1];
  return { status: Number(head.slice(9, 12)), retryAfter, next: undefined, closes: true, text, place };
}
