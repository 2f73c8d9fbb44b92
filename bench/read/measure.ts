/** Asks the questions: first each cold, then warm in turn at every server, so that a drift of the machine hits all alike. */
import type { Check } from "./check.ts";
import type { Client } from "./client.ts";
import { type Ask, listPath, type Question } from "./question.ts";
import { medianMs, type Timing } from "./timing.ts";

/** Warm asks are spread over so many turns. */
const TURNS = 4;
const PAGE_MESSAGES = 50;

/** What asking one question at one server may take; each is asked once whatever that takes. */
interface Bounds {
  readonly asksMax: number;
  readonly msMax: number;
  /** For the first times of a question, which its other figures need to have been. */
  readonly firstsMsMax: number;
  /** Of questions before those that count, so that the first of them is not asked of code that was never run. */
  readonly warmUpMs: number;
}

/** A server with a file of one size. */
export interface Subject {
  /** Of the size, such as `10k`. */
  readonly label: string;
  /** What it is, beside the service that is measured; null for that one. */
  readonly beside: string | null;
  readonly client: Client;
  readonly questions: readonly Question[];
  /** Null for the peer, whose answers are its own affair. */
  readonly check: Check | null;
  readonly bounds: Bounds;
  /** By the name of the question. */
  readonly timings: Map<string, Timing>;
}

export async function measure(subjects: readonly Subject[], say: (line: string) => void): Promise<void> {
  const asks = new Map<Question, readonly Ask[]>();
  for (const subject of subjects) {
    const started = performance.now();
    for (const question of subject.questions) asks.set(question, await askCold(subject, question));
    if (subject.check !== null)
      say(
        `asked cold at ${subject.label} ${subject.beside ?? ""} in ${Math.round((performance.now() - started) / 1000)} s`,
      );
  }
  for (const subject of subjects) await warmUp(subject, asks);
  for (const [index, { name }] of subjects[0]?.questions.entries() ?? []) {
    await askWarm(subjects, index, asks);
    say(`${name}: ${subjects.map((subject) => show(subject, name)).join(", ")}`);
  }
}

/** Returns what is to be asked from now on. */
async function askCold(subject: Subject, question: Question): Promise<readonly Ask[]> {
  const { client, check, timings, bounds } = subject;
  const asks = question.isCursor === true ? await behind(client, question.asks) : question.asks;
  const timing: Timing = { coldMs: null, ms: [], refused: 0 };
  timings.set(question.name, timing);
  const [first, ...others] = asks;
  if (first === undefined || check === null) return asks;
  timing.coldMs = await ask(subject, timing, first);
  if (question.isFirst !== true) return asks;
  timing.ms.push(timing.coldMs);
  for (const other of others) {
    if (spentMs(timing) < bounds.firstsMsMax) timing.ms.push(await ask(subject, timing, other));
  }
  return asks;
}

async function warmUp(subject: Subject, asks: ReadonlyMap<Question, readonly Ask[]>): Promise<void> {
  const { questions, bounds } = subject;
  const until = performance.now() + bounds.warmUpMs;
  const repeated = questions.filter(({ isFirst }) => isFirst !== true).flatMap((one) => asks.get(one) ?? []);
  for (let index = 0; performance.now() < until; index += 1) {
    const next = repeated[index % repeated.length];
    if (next === undefined) return;
    await subject.client.get(next.path);
  }
}

/** The question of that number, at each server in each turn. */
async function askWarm(
  subjects: readonly Subject[],
  index: number,
  asks: ReadonlyMap<Question, readonly Ask[]>,
): Promise<void> {
  for (let turn = 1; turn <= TURNS; turn += 1) {
    for (const subject of subjects) {
      const question = subject.questions[index];
      const timing = question && timingOf(subject, question);
      if (question !== undefined && timing !== undefined)
        await askTurn(subject, timing, asks.get(question) ?? [], turn / TURNS);
    }
  }
}

/** Undefined where nothing is to be asked: a first time is over, and a peer's is like any other. */
function timingOf({ check, questions, timings }: Subject, question: Question): Timing | undefined {
  if (check !== null) return question.isFirst === true ? undefined : timings.get(question.name);
  const same = questions.find(({ asks }) => asks === question.asks) ?? question;
  const timing = timings.get(same.name);
  if (timing !== undefined) timings.set(question.name, timing);
  return same === question ? timing : undefined;
}

/** Until so much of its bounds is used up. */
async function askTurn(subject: Subject, timing: Timing, asks: readonly Ask[], share: number): Promise<void> {
  const { asksMax, msMax } = subject.bounds;
  while (timing.ms.length === 0 || (timing.ms.length < asksMax * share && spentMs(timing) < msMax * share)) {
    const next = asks[timing.ms.length % asks.length];
    if (next === undefined) return;
    timing.ms.push(await ask(subject, timing, next));
  }
}

function spentMs({ ms }: Timing): number {
  return ms.reduce((sum, each) => sum + each, 0);
}

/** Milliseconds. Throws when the answer is wrong. */
async function ask({ client, check, label }: Subject, timing: Timing, asked: Ask): Promise<number> {
  const { status, ms, body } = await client.get(asked.path);
  if (status === 200) check?.require(asked, body);
  else timing.refused += 1;
  if (status !== 200 && status !== 503 && check !== null)
    throw new Error(`${status} at ${label}: GET ${asked.path}\n  answered: ${body}`);
  return ms;
}

/** The pages behind those asked for: by cursor or, where a server gives none, by what one would do without. */
async function behind(client: Client, asks: readonly Ask[]): Promise<readonly Ask[]> {
  const pages: Ask[] = [];
  let hasCursors = true;
  for (const { path, ...known } of asks) {
    const offset = Number(new URL(path, "http://offset").searchParams.get("offset"));
    const recountedAs = listPath({ offset: offset + PAGE_MESSAGES });
    const next: string | null = hasCursors ? (await client.get(path)).next : null;
    hasCursors = next !== null;
    pages.push({ ...known, path: next ?? recountedAs, recountedAs });
  }
  return pages;
}

function show({ label, beside, timings }: Subject, name: string): string {
  const median = medianMs(timings.get(name));
  return `${beside === null ? label : `${label} ${beside}`} ${median === null ? "refused" : `${median} ms`}`;
}
