/** One kept-alive connection that asks one question at a time: what a client spends, node:http's would double. */
import { createConnection, type Socket } from "node:net";

const HEAD_END = "\r\n\r\n";

export interface Answer {
  readonly status: number;
  /** Milliseconds from writing the request to having the last byte of the answer. */
  readonly ms: number;
  readonly body: string;
  /** Where `Link` leads as the next page; null without one. */
  readonly next: string | null;
}

/** Servers close what is idle for some seconds; a closing that crosses a question would be an error. */
const IDLE_MS_MAX = 1_000;

export class Client {
  readonly #port: number;
  #socket: Socket | null = null;
  #received: Buffer[] = [];
  #bytes = 0;
  /** Of the whole answer; 0 until its head is there. */
  #bytesExpected = 0;
  #askedAt = 0;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #settle: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;

  constructor(port: number) {
    this.#port = port;
  }

  /** Rejects when the connection breaks, and when the answer has no Content-Length. */
  async get(path: string): Promise<Answer> {
    if (performance.now() - this.#answeredAt > IDLE_MS_MAX) await this.#connect();
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#received = [];
      this.#bytes = 0;
      this.#bytesExpected = 0;
      const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
      this.#askedAt = performance.now();
      this.#socket?.write(request);
    });
  }

  /** A question that is not answered yet is rejected. */
  close(): void {
    this.#socket?.destroy();
  }

  #connect(): Promise<void> {
    this.#socket?.removeAllListeners().destroy();
    return new Promise((resolve, reject) => {
      const socket = createConnection({ port: this.#port, host: "127.0.0.1", noDelay: true }, resolve);
      socket.once("error", reject);
      socket.on("data", (chunk) => this.#receive(chunk));
      socket.on("error", (error) => this.#fail(error));
      socket.on("close", () => this.#fail(new Error("the server closed the connection")));
      this.#socket = socket;
    });
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytesExpected === 0) this.#bytesExpected = this.#wholeBytes();
    if (this.#bytesExpected === 0 || this.#bytes < this.#bytesExpected) return;
    this.#answeredAt = performance.now();
    const ms = this.#answeredAt - this.#askedAt;
    const answer = Buffer.concat(this.#received);
    const headBytes = answer.indexOf(HEAD_END);
    const head = answer.toString("latin1", 0, headBytes);
    this.#settle?.resolve({
      status: Number(head.slice(9, 12)),
      ms,
      body: answer.toString("utf8", headBytes + HEAD_END.length),
      next: /^link: <([^>]+)>; rel="next"/im.exec(head)?.[1] ?? null,
    });
    this.#settle = null;
  }

  #wholeBytes(): number {
    const start = Buffer.concat(this.#received);
    const headBytes = start.indexOf(HEAD_END);
    if (headBytes < 0) return 0;
    const length = /^content-length: *(\d+)/im.exec(start.toString("latin1", 0, headBytes))?.[1];
    if (length === undefined) this.#fail(new Error("the answer has no Content-Length"));
    return headBytes + HEAD_END.length + Number(length);
  }

  #fail(error: Error): void {
    this.#settle?.reject(error);
    this.#settle = null;
  }
}
