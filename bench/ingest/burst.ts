/** Sends requests over kept-alive connections, one in flight on each, and measures until a time is over. */
import { createConnection, type Socket } from "node:net";

const CLOSING_BRACE = 0x7d;

export interface BurstResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds from writing a request, or from when it was due, to having its whole answer; sorted. */
  readonly latencies: Float64Array;
  readonly statuses: ReadonlyMap<number, number>;
}

interface Target {
  /** The connections are spread over them. */
  readonly ports: readonly number[];
  readonly connections: number;
  readonly seconds: number;
  /**
   * How often each connection sends; without it, as soon as it has its answer. What an answer takes longer than that
   * counts for the next request too, which was due meanwhile.
   */
  readonly everyMs?: number;
}

/** Ends early when the requests run out. Throws when a connection breaks. */
export async function runBurst(
  { ports, connections, seconds, everyMs }: Target,
  requests: readonly Buffer[],
): Promise<BurstResult> {
  const sockets = await Promise.all(
    Array.from({ length: connections }, (_, index) => connect(ports[index % ports.length] ?? 0)),
  );
  const latencies = new Float64Array(requests.length);
  const statuses = new Map<number, number>();
  let sent = 0;
  let answered = 0;
  const started = performance.now();
  const until = started + seconds * 1000;

  function run(socket: Socket, index: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let at = 0;
      let due = started + ((everyMs ?? 0) * index) / connections;
      const send = (from: number): void => {
        const request = requests[sent];
        if (request === undefined || performance.now() >= until) return resolve();
        sent += 1;
        at = from;
        due += everyMs ?? 0;
        socket.write(request);
      };
      const next = (): void => {
        const now = performance.now();
        if (everyMs === undefined) send(now);
        else if (now >= due) send(due);
        // How late the timer comes is not the server's doing.
        else setTimeout(() => send(performance.now()), due - now);
      };
      socket.on("data", (chunk) => {
        // What the generator spends, the servers on the same cores cannot: an answer is one small JSON object, so
        // its last byte tells that it is whole.
        if (chunk.at(-1) !== CLOSING_BRACE) return;
        const status = statusOf(chunk);
        latencies[answered] = performance.now() - at;
        answered += 1;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        next();
      });
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the server closed a connection")));
      next();
    });
  }

  await Promise.all(sockets.map(run));
  const elapsed = (performance.now() - started) / 1000;
  for (const socket of sockets) socket.removeAllListeners("close").destroy();
  return {
    requests: answered,
    seconds: elapsed,
    latencies: latencies.subarray(0, answered).toSorted(),
    statuses,
  };
}

/** The three digits behind `HTTP/1.1 `. */
function statusOf(answer: Buffer): number {
  return Number(answer.toString("latin1", 9, 12));
}

function connect(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: "127.0.0.1", noDelay: true }, () => {
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}
