/**
 * Calls to a worker thread, answered in the order in which they were made.
 *
 *     startThread(file) … call("find", …)  ──postMessage──▶  serveCalls({ find(…) {…} })
 */
import { parentPort, Worker, workerData } from "node:worker_threads";
import { AppError, type ErrorCode } from "../../errors.ts";
import { asAppError } from "./failure.ts";

/** Of a thread's heap. V8 would let it grow to 48 MB for what is garbage as soon as a call is answered. */
const YOUNG_GENERATION_MB = 6;

/** What a thread can be asked: its handlers, all synchronous, since SQLite is. */
export type Handlers = Record<string, (...values: never[]) => unknown>;

interface Request {
  readonly id: number;
  readonly name: string;
  readonly values: readonly unknown[];
}
type Answer = { readonly id: number } & (
  | { readonly result: unknown }
  | {
      readonly failure: {
        readonly code: ErrorCode;
        readonly detail: string;
        readonly reason: string | undefined;
      };
    }
);
interface Waiter {
  resolve(result: unknown): void;
  reject(error: AppError): void;
}

export interface Thread<H extends Handlers> {
  /** Rejects with the AppError that the handler threw, or `unavailable` when the thread is gone or too many calls wait. */
  call<Name extends keyof H & string>(
    name: Name,
    ...values: Parameters<H[Name]>
  ): Promise<ReturnType<H[Name]>>;
  /** Refuses the calls that still wait; the one that runs is answered. */
  abandon(): void;
  /** Ends the thread once the calls made before it are answered. */
  stop(): Promise<void>;
}

/** A thread that dies takes the process with it: the error is rethrown as uncaught, after all waiters were told. */
export function startThread<H extends Handlers>(file: URL, callsWaitingMax: number): Thread<H> {
  const abandoned = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(file, {
    workerData: abandoned,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  const waiters = new Map<number, Waiter>();
  let calls = 0;
  let stopped = false;

  worker.on("message", (answer: Answer) => {
    const waiter = waiters.get(answer.id);
    waiters.delete(answer.id);
    if ("result" in answer) waiter?.resolve(answer.result);
    else waiter?.reject(new AppError(answer.failure.code, answer.failure.detail, answer.failure));
  });
  worker.on("error", (error) => {
    stopped = true;
    for (const waiter of waiters.values()) waiter.reject(gone());
    waiters.clear();
    throw error;
  });

  function call(name: string, ...values: unknown[]): Promise<unknown> {
    if (stopped) return Promise.reject(gone());
    if (waiters.size >= callsWaitingMax) {
      return Promise.reject(new AppError("unavailable", "too many requests are waiting for the store"));
    }
    const id = (calls += 1);
    return new Promise((resolve, reject) => {
      waiters.set(id, { resolve, reject });
      worker.postMessage({ id, name, values } satisfies Request);
    });
  }

  async function stop(): Promise<void> {
    if (stopped) return;
    stopped = true;
    const exited = new Promise((resolve) => worker.once("exit", resolve));
    worker.postMessage(null);
    await exited;
  }

  return {
    call: call as Thread<H>["call"],
    abandon: () => void Atomics.store(abandoned, 0, 1),
    stop,
  };
}

/** The thread's side: answers calls until `stop`, then runs `onStop` and ends. */
export function serveCalls(handlers: Handlers, onStop: () => void): void {
  const port = parentPort;
  if (port === null) throw new Error("serveCalls runs in a worker thread only");
  port.on("message", (request: Request | null) => {
    if (request === null) {
      onStop();
      port.close();
      return;
    }
    port.postMessage(answerTo(request, handlers));
  });
}

function answerTo({ id, name, values }: Request, handlers: Handlers): Answer {
  try {
    if (Atomics.load(workerData as Int32Array, 0) === 1) throw gone();
    const handler = handlers[name];
    if (handler === undefined) throw new Error(`no handler named ${name}`);
    return { id, result: handler(...(values as never[])) };
  } catch (error) {
    const { code, message, reason } = asAppError(error);
    return { id, failure: { code, detail: message, reason } };
  }
}

function gone(): AppError {
  return new AppError("unavailable", "the store is closed");
}
