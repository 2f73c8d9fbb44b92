/** The inbox as a plain map: what every answer is compared with. Shares no code with src/, or both could be wrong alike. */
import type { ErasureFilter, Message, Outcome, Stats } from "../../src/message.ts";

export interface ModelFilter {
  readonly from?: string;
  readonly to?: string;
  /** As `ts` is written. */
  readonly since?: string;
  readonly until?: string;
  readonly q?: string;
}

const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?Z$/;
const TOP_SENDERS_MAX = 10;

/** Sorting and searching ask for the same few again and again. */
const nanosByTs = new Map<string, bigint>();

/** Nanoseconds since 1970. */
export function nanosOf(ts: string): bigint {
  let nanos = nanosByTs.get(ts);
  if (nanos === undefined) {
    nanos = parseNanos(ts);
    nanosByTs.set(ts, nanos);
  }
  return nanos;
}

function parseNanos(ts: string): bigint {
  const match = DATE_TIME.exec(ts);
  if (match === null) throw new Error(`${ts} is no instant`);
  const [year = 0n, month = 0n, day = 0n, hour = 0n, minute = 0n, second = 0n] = match
    .slice(1, 7)
    .map(BigInt);
  const seconds = ((daysBefore(year, month, day) * 24n + hour) * 60n + minute) * 60n + second;
  return seconds * 1_000_000_000n + BigInt((match[7] ?? "").padEnd(9, "0"));
}

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar, counted year by year from March. */
function daysBefore(year: bigint, month: bigint, day: bigint): bigint {
  const y = month > 2n ? year : year - 1n;
  const monthsFromMarch = (month + 9n) % 12n;
  // Leap days of the years before; counted from a year that is far below 0, since BigInt division rounds to zero.
  const z = y + 4000n;
  const days = z * 365n + z / 4n - z / 100n + z / 400n + (monthsFromMarch * 153n + 2n) / 5n + day - 1n;
  // 2,180,438 is the same sum for 1970-01-01 (March-based year 1969, tenth month).
  return days - 2_180_438n;
}

export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function comparePlaces(a: Message, b: Message): number {
  const [one, other] = [nanosOf(a.ts), nanosOf(b.ts)];
  if (one !== other) return one < other ? -1 : 1;
  return compareBytes(a.message_id, b.message_id);
}

export function isSameContent(a: Message, b: Message): boolean {
  return a.from === b.from && a.to === b.to && a.ts === b.ts && a.text === b.text;
}

const foldedByText = new Map<string, string>();

function folded(text: string): string {
  let found = foldedByText.get(text);
  if (found === undefined) {
    found = text.normalize("NFC").toLowerCase();
    foldedByText.set(text, found);
  }
  return found;
}

export class Model {
  readonly #messages = new Map<string, Message>();
  readonly #erased = new Set<string>();

  /** Returns how many. */
  erase({ message_ids, ...filter }: ModelFilter & Pick<ErasureFilter, "message_ids">): number {
    const erased = this.find(filter).filter(({ message_id }) => message_ids?.includes(message_id) ?? true);
    for (const message of erased) {
      this.#messages.delete(message.message_id);
      this.#erased.add(message.message_id);
    }
    return erased.length;
  }

  append(message: Message): Outcome {
    if (this.#erased.has(message.message_id)) return "duplicate";
    const first = this.#messages.get(message.message_id);
    if (first === undefined) {
      this.#messages.set(message.message_id, message);
      return "created";
    }
    return isSameContent(first, message) ? "duplicate" : "conflict";
  }

  get(messageId: string): Message | undefined {
    return this.#messages.get(messageId);
  }

  /** All that match, in order. */
  find(filter: ModelFilter = {}, order: "asc" | "desc" = "asc"): Message[] {
    const found = [...this.#messages.values()].filter((message) => matches(message, filter));
    found.sort(comparePlaces);
    return order === "asc" ? found : found.toReversed();
  }

  stats(): Stats {
    const all = this.find();
    const counts = new Map<string, number>();
    for (const { from } of all) counts.set(from, (counts.get(from) ?? 0) + 1);
    const senders = [...counts].map(([from, count]) => ({ from, count }));
    senders.sort((a, b) => b.count - a.count || compareBytes(a.from, b.from));
    return {
      total_messages: all.length,
      unique_senders: senders.length,
      top_senders: senders.slice(0, TOP_SENDERS_MAX),
      first_message_ts: all[0]?.ts ?? null,
      last_message_ts: all.at(-1)?.ts ?? null,
    };
  }
}

/** How many messages each hour or day has, those without any left out. The clock's digits say which one a message is of. */
export function timelineOf(
  messages: readonly Message[],
  bucket: "hour" | "day",
): { start: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { ts } of messages.toSorted(comparePlaces)) {
    const start = bucket === "hour" ? `${ts.slice(0, 13)}:00:00Z` : `${ts.slice(0, 10)}T00:00:00Z`;
    counts.set(start, (counts.get(start) ?? 0) + 1);
  }
  return [...counts].map(([start, count]) => ({ start, count }));
}

export function matches(message: Message, { from, to, since, until, q }: ModelFilter): boolean {
  if (from !== undefined && message.from !== from) return false;
  if (to !== undefined && message.to !== to) return false;
  if (since !== undefined && nanosOf(message.ts) < nanosOf(since)) return false;
  if (until !== undefined && nanosOf(message.ts) >= nanosOf(until)) return false;
  return q === undefined || (message.text !== null && folded(message.text).includes(folded(q)));
}
