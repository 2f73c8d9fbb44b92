/** Stands between a service and its database server, and breaks connections at a chosen moment. */
import { connect, createServer, type Server, type Socket } from "node:net";

/** What becomes of the connection whose statement the fault waits for. */
export const FAULTS = [
  /** The server gets half of the statement, and then nobody hears of the other any more. */
  "cut within the statement",
  /** The server does all that was asked; its answer never leaves the proxy. */
  "cut before the answer",
  /** The service gets the first bytes of the answer. */
  "cut within the answer",
  /** The service sees the end of the answers, while the server could still be asked. */
  "server half closed",
  /** The server sees the end of the statements right behind this one, and may still answer. */
  "service half closed",
  /** The answer comes late, and nothing is wrong. */
  "delayed",
  /** Neither hears of the other again, and the connection stays. */
  "silent",
] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** As the connection calls itself (application_name). */
  readonly use: string;
  /** Statements of that use that pass before it. */
  readonly statementsLeft: number;
  /** For `delayed`. */
  readonly delayMs: number;
}

/** How a message begins that asks for something: Query, Parse, or Bind of what was parsed (protocol-message-formats). */
const STATEMENT_STARTS = new Set(["Q", "P", "B"].map((letter) => letter.charCodeAt(0)));
/** Less than any answer has, so that what is cut within it is no whole answer. */
const ANSWER_BYTES_BEFORE_CUT = 5;

export class Proxy {
  readonly #server: Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #fault: Fault | undefined;
  #statementsLeft = 0;
  /** Faults that struck. */
  hits = 0;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    server.on("connection", (service) => this.#carry(service));
  }

  /** To a server on this machine. */
  static async start(target: number): Promise<Proxy> {
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return new Proxy(server, target);
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy does not listen");
    return address.port;
  }

  /** Of one connection, once. */
  set(fault: Fault): void {
    this.#fault = fault;
    this.#statementsLeft = fault.statementsLeft;
  }

  clear(): void {
    this.#fault = undefined;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #carry(service: Socket): void {
    const server = connect({ port: this.#target, host: "127.0.0.1", allowHalfOpen: true });
    const ways = { service, server };
    for (const socket of [service, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => destroy(ways));
      socket.on("close", () => {
        this.#sockets.delete(socket);
        destroy(ways);
      });
    }
    let use = "";
    let struck: Fault | undefined;
    service.on("data", (bytes) => {
      if (use === "") use = useIn(bytes);
      if (struck === undefined && STATEMENT_STARTS.has(bytes[0] ?? 0)) struck = this.#strike(use);
      if (struck?.kind === "delayed") {
        hold(server, struck.delayMs);
        struck = undefined;
      }
      if (struck === undefined) server.write(bytes);
      else tellServer(struck, ways, bytes);
    });
    server.on("data", (bytes) => {
      if (struck === undefined) service.write(bytes);
      else tellService(struck, ways, bytes);
    });
    service.on("end", () => struck?.kind !== "silent" && server.end());
    server.on("end", () => struck?.kind !== "silent" && service.end());
  }

  /** The fault, when this statement is the one that it waits for. */
  #strike(use: string): Fault | undefined {
    const fault = this.#fault;
    if (fault === undefined || fault.use !== use) return undefined;
    this.#statementsLeft -= 1;
    if (this.#statementsLeft >= 0) return undefined;
    this.#fault = undefined;
    this.hits += 1;
    return fault;
  }
}

interface Ways {
  readonly service: Socket;
  readonly server: Socket;
}

function tellServer({ kind }: Fault, ways: Ways, bytes: Buffer): void {
  if (kind === "silent") return;
  if (kind === "cut within the statement") {
    ways.server.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => destroy(ways));
    return;
  }
  ways.server.write(bytes);
  if (kind === "service half closed") ways.server.end();
}

function tellService({ kind }: Fault, ways: Ways, bytes: Buffer): void {
  if (kind === "silent") return;
  if (kind === "cut before the answer") return destroy(ways);
  if (kind === "server half closed") return void ways.service.end();
  if (kind === "cut within the answer") {
    ways.service.write(bytes.subarray(0, ANSWER_BYTES_BEFORE_CUT), () => destroy(ways));
    return;
  }
  ways.service.write(bytes);
}

/** What it says arrives later. */
function hold(socket: Socket, ms: number): void {
  socket.pause();
  setTimeout(() => socket.resume(), ms);
}

function destroy({ service, server }: Ways): void {
  service.destroy();
  server.destroy();
}

/** In the start-up message; the parameters are names and values, each with a zero behind it. */
function useIn(startup: Buffer): string {
  return /application_name\0([^\0]+)\0/.exec(startup.toString("latin1"))?.[1] ?? "unknown";
}
