/** Sends mutants over one connection after another, some at once, and holds each answer against what it may be. */
import { exchangeBytes } from "../support/exchange.ts";
import { Connection, type Reply } from "./connection.ts";
import type { Mutant, Mutants } from "./mutants.ts";
import { beginStream } from "./stream-begin.ts";

/** On their way at once on a connection; a service answers them in order. */
const PIPELINED = 8;
/** More than these would tell nothing new. */
const BROKEN_SHOWN_MAX = 20;
/** Far longer than anything takes; only what hangs takes as long. */
const ANSWER_MS_MAX = 60_000;
/** What the contract knows. */
const STATUSES = new Set([200, 302, 400, 401, 403, 404, 405, 408, 413, 414, 415, 417, 422, 429, 431, 503]);

export class Tally {
  readonly broken: string[] = [];
  /** Ids that were acknowledged, of messages that are to stay. */
  readonly ids = new Set<string>();
  /** Those of messages that may be erased. */
  readonly erasable = new Set<string>();
  readonly statuses = new Map<number, number>();
  sent = 0;
  readonly #total: number;
  readonly #onSent: (sent: number) => void;
  /** Connections that were closed without an answer to a request of kind `bytes`. */
  unanswered = 0;

  /** `onSent` is called before each request with how many were sent. */
  constructor(total: number, onSent: (sent: number) => void) {
    this.#total = total;
    this.#onSent = onSent;
  }

  /** Whether there is one more to send, which counts as sent then. */
  takeOne(): boolean {
    if (this.sent >= this.#total || this.broken.length > 0) return false;
    this.#onSent(this.sent);
    this.sent += 1;
    return true;
  }

  tell(words: string): void {
    if (this.broken.length < BROKEN_SHOWN_MAX) this.broken.push(words);
  }

  count(status: number): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
  }
}

export class MutationLane {
  readonly #url: string;
  readonly #mutants: Mutants;
  readonly #tally: Tally;
  #connection: Connection | undefined;
  /** To be sent again, since the connection was closed behind an answer before theirs. */
  readonly #again: Mutant[] = [];

  constructor(url: string, mutants: Mutants, tally: Tally) {
    this.#url = url;
    this.#mutants = mutants;
    this.#tally = tally;
  }

  /** Until all were sent and have their answers. */
  async send(): Promise<void> {
    for (;;) {
      const batch = this.#again.splice(0, PIPELINED);
      while (batch.length < PIPELINED && this.#tally.takeOne()) {
        const mutant = this.#mutants.next();
        if (mutant.kind === "bytes") await this.#sendBytes(mutant);
        else if (mutant.kind === "stream") await this.#beginStream(mutant);
        else batch.push(mutant);
      }
      if (batch.length === 0 || this.#tally.broken.length > 0) return;
      await this.#sendBatch(batch);
    }
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  async #sendBatch(batch: readonly Mutant[]): Promise<void> {
    const replies = await this.#exchange(batch);
    for (const [index, mutant] of batch.entries()) {
      const reply = replies[index];
      if (reply === undefined) this.#again.push(mutant);
      else this.#judge(mutant, reply);
    }
    const [first] = batch;
    if (first === undefined || replies[0] !== undefined) return;
    // What came behind it may have ended the connection before its answer; alone it has to get one.
    this.#again.splice(this.#again.indexOf(first), 1);
    const [alone] = await this.#exchange([first]);
    if (alone === undefined) this.#tally.tell(`got no answer: ${describe(first)}`);
    else this.#judge(first, alone);
  }

  /** The answers in order, as many as came before the connection ended. */
  async #exchange(batch: readonly Mutant[]): Promise<(Reply | undefined)[]> {
    const connection = (this.#connection ??= await Connection.open(this.#url));
    const sent = Promise.all(batch.map(({ request }) => connection.send(request).catch(() => undefined)));
    const replies = await within(sent, () => {
      this.#tally.tell(`hangs: ${batch.map(describe).join("; ")}`);
      this.close();
      return [];
    });
    if (replies.some((reply) => reply === undefined || reply.closes)) this.close();
    return replies;
  }

  async #sendBytes(mutant: Mutant): Promise<void> {
    const received = await within(exchangeBytes(this.#url, mutant.request), () => {
      this.#tally.tell(`hangs: ${describe(mutant)}`);
      return "";
    });
    if (received === "") this.#tally.unanswered += 1;
    for (const [, status] of received.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
      // An answer that tells to go on is followed by another one.
      if (status === "100") continue;
      this.#tally.count(Number(status));
      if (!STATUSES.has(Number(status)))
        this.#tally.tell(`was answered ${status ?? ""}: ${describe(mutant)}`);
    }
  }

  async #beginStream(mutant: Mutant): Promise<void> {
    const begun = beginStream(this.#url, mutant.request).catch((error: unknown) => {
      this.#tally.tell(`got no answer (${String(error)}): ${describe(mutant)}`);
      return undefined;
    });
    const reply = await within(begun, () => {
      this.#tally.tell(`hangs: ${describe(mutant)}`);
      return undefined;
    });
    if (reply === undefined) return;
    this.#judge(mutant, reply);
    if (reply.place !== undefined) this.#mutants.learnPlace(reply.place);
  }

  #judge(mutant: Mutant, { status, retryAfter, next, text }: Reply): void {
    this.#tally.count(status);
    const tell = (what: string): void =>
      this.#tally.tell(`${what} (${status} ${text.slice(0, 200)}): ${describe(mutant)}`);
    const wrong = wrongOf(mutant, status, retryAfter, text);
    if (wrong !== null) return tell(wrong);
    if (status === 200 && mutant.body !== undefined)
      this.#tally[mutant.isErasable === true ? "erasable" : "ids"].add(idOf(mutant.body));
    const cursor = /cursor=([^&]+)/.exec(next ?? "")?.[1];
    if (cursor !== undefined && mutant.kind === "query") this.#mutants.learn(decodeURIComponent(cursor));
  }
}

/** What an answer breaks; null when nothing. */
function wrongOf(
  mutant: Mutant,
  status: number,
  retryAfter: string | undefined,
  text: string,
): string | null {
  if (!STATUSES.has(status)) return "has no answer of the contract";
  if (status === 200) return wrongSuccess(mutant, text);
  if (mutant.isForged === true && status !== 401 && status !== 429) return "is forged";
  if (mutant.isStranger === true && status !== 401) return "has no token";
  if (status === 503 && !(Number(retryAfter) >= 1)) return "has no Retry-After";
  return status >= 400 && !isProblem(text) ? "is refused in no form of the contract" : null;
}

function wrongSuccess({ isForged, isStranger, isReader, erases }: Mutant, text: string): string | null {
  if (isForged === true) return "is forged";
  if (isStranger === true) return "has no token";
  if (isReader === true) return "may not erase";
  return erases === true && !text.startsWith('{"status":"erased",') ? "is no receipt" : null;
}

function isProblem(text: string): boolean {
  try {
    return typeof (JSON.parse(text) as { detail?: unknown }).detail === "string";
  } catch {
    return false;
  }
}

function idOf(body: Buffer): string {
  return (JSON.parse(body.toString("utf8")) as { message_id: string }).message_id;
}

function describe({ kind, request }: Mutant): string {
  return `${kind} ${JSON.stringify(request.toString("latin1").slice(0, 600))}`;
}

async function within<T>(answer: Promise<T>, late: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late()), ANSWER_MS_MAX);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
