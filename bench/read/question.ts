/** What a question is, and how its path is written. */
import { SPAN_MS, START_MS } from "./load.ts";

export interface Ask {
  readonly path: string;
  /** Where it is known without counting. */
  readonly total?: number;
  /** The same page without a cursor, for the recount. */
  readonly recountedAs?: string;
}

export interface Question {
  readonly name: string;
  /** Its forms, which cost about the same. */
  readonly asks: readonly Ask[];
  /** What is measured is the first time that each is asked; an answer may be remembered after that. */
  readonly isFirst?: boolean;
  /** Asked is not this page but the one behind it, by its cursor. */
  readonly isCursor?: boolean;
  /** More of its kind, that nobody asked yet. */
  readonly unasked?: () => readonly string[];
}

type Query = Readonly<Record<string, string | number>>;

export function listPath(query: Query): string {
  return pathOf("/messages", query);
}

export function pathOf(path: string, query: Query): string {
  const pairs = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
}

/** The moment at a share of the time that the load spans. */
export function momentAt(share: number): string {
  return instant(START_MS + Math.floor(share * SPAN_MS));
}

/** Always with three digits of a fraction, so that a server may compare it as a text. */
export function instant(ms: number): string {
  return new Date(ms).toISOString();
}
