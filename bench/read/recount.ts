/** What a server has to answer, found out from the load alone: plain arrays, no SQL, nothing of the service. */
import type { LoadMessage } from "../ingest/load.ts";
import type { Load } from "./load.ts";
import { folded } from "./needles.ts";

const LIMIT_DEFAULT = 50;
const TOP_SENDERS = 10;
const BUCKET_MS: Readonly<Record<string, number>> = { hour: 3_600_000, day: 86_400_000 };

interface Entry {
  readonly message: LoadMessage;
  readonly atMs: number;
  readonly folded: string;
}

export interface ExpectedPage {
  readonly data: readonly LoadMessage[];
  readonly total: number;
}

export class Recount {
  /** In the order of the list: all times are written with as many digits, and all ids are ASCII. */
  readonly #entries: readonly Entry[];
  /** By what narrows: a search through all texts is done once. */
  readonly #matches = new Map<string, readonly Entry[]>();

  constructor({ messages, message }: Load) {
    this.#entries = Array.from({ length: messages }, (_, serial): Entry => {
      const made = message(serial);
      return { message: made, atMs: Date.parse(made.ts), folded: folded(made.text) };
    }).toSorted(
      (a, b) => compare(a.message.ts, b.message.ts) || compare(a.message.message_id, b.message.message_id),
    );
  }

  page(query: URLSearchParams): ExpectedPage {
    const matches = this.#matching(query);
    const ordered = query.get("order") === "desc" ? matches.toReversed() : matches;
    const offset = Number(query.get("offset") ?? 0);
    const limit = Number(query.get("limit") ?? LIMIT_DEFAULT);
    return {
      data: ordered.slice(offset, offset + limit).map(({ message }) => message),
      total: matches.length,
    };
  }

  message(messageId: string): LoadMessage | null {
    return this.#entries.find(({ message }) => message.message_id === messageId)?.message ?? null;
  }

  stats(): object {
    const counts = new Map<string, number>();
    for (const { message } of this.#entries) counts.set(message.from, (counts.get(message.from) ?? 0) + 1);
    const top = [...counts].toSorted(([a, sent], [b, other]) => other - sent || compare(a, b));
    return {
      total_messages: this.#entries.length,
      unique_senders: counts.size,
      top_senders: top.slice(0, TOP_SENDERS).map(([from, count]) => ({ from, count })),
      first_message_ts: this.#entries[0]?.message.ts ?? null,
      last_message_ts: this.#entries.at(-1)?.message.ts ?? null,
    };
  }

  /** Messages by the start of their bucket, in milliseconds since 1970, without the empty ones. */
  timeline(query: URLSearchParams): ReadonlyMap<number, number> {
    const bucketMs = BUCKET_MS[query.get("bucket") ?? ""] ?? Number.NaN;
    const counts = new Map<number, number>();
    for (const { atMs } of this.#matching(query)) {
      const start = Math.floor(atMs / bucketMs) * bucketMs;
      counts.set(start, (counts.get(start) ?? 0) + 1);
    }
    return counts;
  }

  #matching(query: URLSearchParams): readonly Entry[] {
    const [from, to, since, until] = ["from", "to", "since", "until"].map((name) => query.get(name));
    const needle = folded(query.get("q") ?? "");
    const key = JSON.stringify([from, to, since, until, needle]);
    const known = this.#matches.get(key);
    if (known !== undefined) return known;
    const matches = this.#within(since, until).filter(
      ({ message, folded }) =>
        (from === null || message.from === from) &&
        (to === null || message.to === to) &&
        (needle === "" || folded.includes(needle)),
    );
    this.#matches.set(key, matches);
    return matches;
  }

  #within(since: string | null | undefined, until: string | null | undefined): readonly Entry[] {
    return this.#entries.slice(this.#firstAt(since, 0), this.#firstAt(until, this.#entries.length));
  }

  /** The place of the first message at or after a moment; `without` a moment, that place. */
  #firstAt(moment: string | null | undefined, without: number): number {
    if (typeof moment !== "string") return without;
    const atMs = Date.parse(moment);
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#entries[middle]?.atMs ?? Infinity) < atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
