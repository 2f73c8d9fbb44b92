/** One kept-alive connection that costs the sender next to nothing: thousands of them fit beside the service. */
import { createConnection, type Socket } from "node:net";

export interface Reply {
  readonly status: number;
  /** The headers, where there are any. */
  readonly retryAfter: string | undefined;
  /** Where the Link to the next page leads. */
  readonly next: string | undefined;
  /** The service closes the connection behind it. */
  readonly closes: boolean;
  readonly text: string;
}

interface Waiter {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

const HEAD_END = Buffer.from("\r\n\r\n");

export class Connection {
  readonly #socket: Socket;
  readonly #waiting: Waiter[] = [];
  #received: Buffer = Buffer.alloc(0);
  #broken: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (error) => this.#break(error));
    socket.on("close", () => this.#break(new Error("the service closed the connection")));
  }

  /** Rejects with the system's error when the service refuses or resets it. */
  static open(url: string): Promise<Connection> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = createConnection({ port: Number(port), host: hostname, noDelay: true }, () => {
        socket.off("error", reject);
        resolve(new Connection(socket));
      });
      socket.once("error", reject);
    });
  }

  static openAll(url: string, count: number): Promise<Connection[]> {
    return Promise.all(Array.from({ length: count }, () => Connection.open(url)));
  }

  /** Sends a whole request. Several may be on their way; their answers come in order. Rejects when it breaks. */
  send(request: Buffer): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined) return reject(this.#broken);
      this.#waiting.push({ resolve, reject });
      this.#socket.write(request);
    });
  }

  get(target: string): Promise<Reply> {
    return this.send(Buffer.from(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`));
  }

  /** The answer's JSON. Rejects when the answer is no 200. */
  async json<T>(target: string): Promise<T> {
    const { status, text } = await this.get(target);
    if (status !== 200) throw new Error(`GET ${target} was answered ${status}: ${text.slice(0, 200)}`);
    return JSON.parse(text) as T;
  }

  close(): void {
    this.#socket.removeAllListeners("close").destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    for (;;) {
      const headEnd = this.#received.indexOf(HEAD_END);
      if (headEnd < 0) return;
      const head = this.#received.toString("latin1", 0, headEnd);
      const bodyStart = headEnd + HEAD_END.length;
      const length = bodyStart + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (this.#received.length < length) return;
      const text = this.#received.toString("utf8", bodyStart, length);
      this.#received = this.#received.subarray(length);
      // The three digits behind `HTTP/1.1 `. Of those below 200 another answer follows.
      const status = Number(head.slice(9, 12));
      if (status < 200) continue;
      const retryAfter = /\r\nretry-after: ([^\r]*)/i.exec(head)?.[1];
      const next = /\r\nlink: <([^>]*)>; rel="next"/i.exec(head)?.[1];
      const closes = /\r\nconnection: close/i.test(head);
      this.#waiting.shift()?.resolve({ status, retryAfter, next, closes, text });
    }
  }

  #break(error: Error): void {
    this.#broken ??= error;
    for (const waiter of this.#waiting.splice(0)) waiter.reject(this.#broken);
  }
}
