/**
 * Calls to a worker thread, answered in the order in which they were made.
 *
 *     startThread(file) … call("find", …)  ──postMessage──▶  serveCalls({ find(…) {…} })
 */
import { parentPort, Worker, workerData } from "node:worker_threads";
import { AppError, type ErrorCode } from "../../errors.ts";
import { asAppError } from "./failure.ts";
import type { Steps } from "./steps.ts";

/** Of a thread's heap. V8 would let it grow to 48 MB for what is garbage as soon as a call is answered. */
const YOUNG_GENERATION_MB = 6;

/** What a thread can be asked: its handlers, all synchronous, since SQLite is; long work is done in Steps. */
export type Handlers = Record<string, (...values: never[]) => unknown>;

type Result<T> = T extends Steps<infer R> ? R : T;

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
  ): Promise<Result<ReturnType<H[Name]>>>;
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

/** A call whose answer takes more than one step. */
interface Running {
  readonly id: number;
  readonly steps: Steps<unknown>;
}

/**
 * The thread's side: answers calls until `stop`, then runs `onStop` and ends. A call in steps does its first at once,
 * so that a short one need not wait for long ones; what is left is done call by call, in the order in which they came.
 */
export function serveCalls(handlers: Handlers, onStop: () => void): void {
  const port = parentPort;
  if (port === null) throw new Error("serveCalls runs in a worker thread only");
  const running: Running[] = [];
  let isStopping = false;

  /** True when the call is answered. */
  const step = ({ id, steps }: Running): boolean => {
    const answer = attempt(id, () => {
      const { done, value } = steps.next();
      return done === true ? { id, result: value } : null;
    });
    if (answer !== null) port.postMessage(answer);
    return answer !== null;
  };
  const goOn = (): void => {
    const [oldest] = running;
    if (oldest !== undefined && step(oldest)) running.shift();
    // Not before the calls that came meanwhile have begun.
    if (running.length > 0) setImmediate(goOn);
    else if (isStopping) end();
  };
  const end = (): void => {
    onStop();
    port.close();
  };

  port.on("message", (request: Request | null) => {
    if (request === null) {
      isStopping = true;
      if (running.length === 0) end();
      return;
    }
    const { id } = request;
    const answer = attempt(id, () => {
      const result = handle(request, handlers);
      if (!isSteps(result)) return { id, result };
      const call = { id, steps: result };
      if (!step(call) && running.push(call) === 1) setImmediate(goOn);
      return null;
    });
    if (answer !== null) port.postMessage(answer);
  });
}

/** What the work returns, or the failure that it ended in. */
function attempt(id: number, work: () => Answer | null): Answer | null {
  try {
    if (Atomics.load(workerData as Int32Array, 0) === 1) throw gone();
    return work();
  } catch (error) {
    const { code, message, reason } = asAppError(error);
    return { id, failure: { code, detail: message, reason } };
  }
}

function handle({ name, values }: Request, handlers: Handlers): unknown {
  const handler = handlers[name];
  if (handler === undefined) throw new Error(`no handler named ${name}`);
  return handler(...(values as never[]));
}

function isSteps(result: unknown): result is Steps<unknown> {
  return typeof result === "object" && result !== null && "next" in result && Symbol.iterator in result;
}

function gone(): AppError {
  return new AppError("unavailable", "the store is closed");
}
