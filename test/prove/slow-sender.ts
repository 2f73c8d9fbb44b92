/** Somebody who holds a connection and says as little as may be: nothing, or a byte now and then of a head or a body. */
import { connect, type Socket } from "node:net";

export const SLOW_KINDS = ["silent", "head", "second head", "body", "chunks"] as const;
export type SlowKind = (typeof SLOW_KINDS)[number];

const GET = "GET /health/live HTTP/1.1\r\nHost: here\r\n\r\n";
const POST = "POST /webhook HTTP/1.1\r\nHost: here\r\nX-Signature: 12\r\n";
/** More than is dribbled within any time limit. */
const FILLER = "x".repeat(1_000);

/** What is sent at once, and then byte by byte. */
const BYTES: Readonly<Record<SlowKind, readonly [atOnce: string, dribbled: string]>> = {
  silent: ["", ""],
  head: ["", `${POST}X-Filler: ${FILLER}`],
  "second head": [GET, `${POST}X-Filler: ${FILLER}`],
  body: [`${POST}Content-Length: 2000\r\n\r\n`, FILLER],
  chunks: [`${POST}Transfer-Encoding: chunked\r\n\r\n3e8\r\n`, FILLER],
};

export interface SlowEnd {
  readonly kind: SlowKind;
  readonly livedMs: number;
  /** Of the last answer; null when the connection was closed without one. */
  readonly lastStatus: number | null;
}

export class SlowSender {
  readonly #socket: Socket;
  readonly #dribbled: string;
  #place = 0;
  /** Resolves when the service has ended it. */
  readonly ended: Promise<SlowEnd>;

  constructor(url: string, kind: SlowKind) {
    const { hostname, port } = new URL(url);
    const [atOnce, dribbled] = BYTES[kind];
    const opened = performance.now();
    this.#dribbled = dribbled;
    this.#socket = connect({ port: Number(port), host: hostname, noDelay: true });
    let received = "";
    this.#socket.setEncoding("latin1").on("data", (text: string) => (received += text));
    // A reset is one way to be cut off.
    this.#socket.on("error", () => undefined);
    if (atOnce !== "") this.#socket.write(atOnce);
    const closed = new Promise<void>((resolve) => this.#socket.once("close", () => resolve()));
    this.ended = closed.then(() => {
      const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
      return { kind, livedMs: performance.now() - opened, lastStatus: statuses.at(-1) ?? null };
    });
  }

  dribble(): void {
    if (this.#socket.writable && this.#place < this.#dribbled.length)
      this.#socket.write(this.#dribbled.charAt(this.#place++));
  }

  close(): void {
    this.#socket.destroy();
  }
}
