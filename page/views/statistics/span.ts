/** The part of time that is shown, and how it is made smaller, larger or another. Seconds are those since 1970, in UTC. */
import {
  formatInstant,
  INSTANT_SECONDS_MAX,
  INSTANT_SECONDS_MIN,
  parseInstant,
} from "../../../src/instant.ts";
import { TIMELINE_BUCKETS_MAX, type Timeline } from "../../../src/stats-schemas.ts";

export type Bucket = Timeline["bucket"];
export const SECONDS_OF: Readonly<Record<Bucket, number>> = { hour: 3_600, day: 86_400 };

/** Two weeks of hours: with more of them a bar is too thin to be hit. */
const HOUR_BUCKETS_MAX = 14 * 24;

export interface Span {
  readonly since: number;
  /** Not of it; after `since`. */
  readonly until: number;
}

/** What an address asks for; each is empty where it says nothing. */
export interface Asked {
  readonly since: string;
  readonly until: string;
  readonly bucket: string;
}

export function askedOf(parameters: Readonly<Record<string, string>>): Asked {
  const { since = "", until = "", bucket = "" } = parameters;
  return { since, until, bucket };
}

/** From the hour of the first message to the end of that of the last. */
export function wholeSpan(first: string, last: string): Span {
  const { hour } = SECONDS_OF;
  const [since = 0, until = 0] = [first, last].map((ts) => floorTo(parseInstant(ts)?.seconds ?? 0, hour));
  return { since, until: until + hour };
}

/** Undefined where the address names no time, or one that ends before it begins. */
export function spanOf({ since, until }: Asked, whole: Span): Span | undefined {
  const from = since === "" ? { seconds: whole.since, nanos: 0 } : parseInstant(since);
  const to = until === "" ? { seconds: whole.until, nanos: 0 } : parseInstant(until);
  if (from === null || to === null) return undefined;
  const span = { since: from.seconds, until: to.seconds + (to.nanos > 0 ? 1 : 0) };
  return span.since < span.until ? span : undefined;
}

/** Whether the service would count so many hours in one answer. */
export function canBeHours(span: Span): boolean {
  return bucketsIn(span, "hour") <= TIMELINE_BUCKETS_MAX;
}

/** As the address has it, where that can be; else what is best seen. */
export function bucketOf(asked: string, span: Span): Bucket {
  if (asked === "day") return "day";
  if (asked === "hour" && canBeHours(span)) return "hour";
  return bucketsIn(span, "hour") <= HOUR_BUCKETS_MAX ? "hour" : "day";
}

export function bucketsIn({ since, until }: Span, bucket: Bucket): number {
  return Math.ceil((until - since) / SECONDS_OF[bucket]);
}

/** What is drawn: whole buckets. */
export function alignedTo({ since, until }: Span, bucket: Bucket): Span {
  const seconds = SECONDS_OF[bucket];
  return { since: floorTo(since, seconds), until: Math.ceil(until / seconds) * seconds };
}

/** The whole buckets between two moments, in whichever order they are. */
export function brushed(one: number, other: number, bucket: Bucket): Span {
  return alignedTo({ since: Math.min(one, other), until: Math.max(one, other) + 1 }, bucket);
}

/** `factor` times as long, as far as it can be, in whole hours, with `around` where it was. */
export function zoomed({ since, until }: Span, factor: number, around: number): Span {
  const length = Math.max(SECONDS_OF.hour, (until - since) * factor);
  const share = (around - since) / (until - since);
  return withinTime(Math.round((around - share * length) / SECONDS_OF.hour) * SECONDS_OF.hour, length);
}

/** As long, so many times its length later. */
export function moved({ since, until }: Span, by: number): Span {
  return withinTime(
    since + Math.round(((until - since) * by) / SECONDS_OF.hour) * SECONDS_OF.hour,
    until - since,
  );
}

/** For the address; nothing of it where the span holds all there is. */
export function addressOf(span: Span, whole: Span): Pick<Asked, "since" | "until"> {
  if (span.since <= whole.since && span.until >= whole.until) return { since: "", until: "" };
  return { since: instantOf(span.since), until: instantOf(span.until) };
}

/** Empty beyond the last that can be named, which leaves nothing out. */
export function instantOf(seconds: number): string {
  return seconds > INSTANT_SECONDS_MAX ? "" : formatInstant({ seconds, nanos: 0 });
}

export function floorTo(seconds: number, unit: number): number {
  return Math.floor(seconds / unit) * unit;
}

/** Time that an address can name. */
function withinTime(since: number, length: number): Span {
  const from = Math.max(INSTANT_SECONDS_MIN, Math.min(since, INSTANT_SECONDS_MAX - SECONDS_OF.hour));
  return {
    since: from,
    until: Math.min(INSTANT_SECONDS_MAX, from + Math.ceil(length / SECONDS_OF.hour) * SECONDS_OF.hour),
  };
}
