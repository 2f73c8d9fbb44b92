/** Holds answers to the recount, or where a file is too large for one, to the totals that are known anyway. */
import { isDeepStrictEqual } from "node:util";
import type { Ask } from "./question.ts";
import type { Recount } from "./recount.ts";

/** Of a wrong answer, what an error shows. */
const SHOWN_CHARACTERS = 600;

/** Throws, with what was asked and what came back, when an answer is wrong. Looks at each answer once. */
export class Check {
  readonly #label: string;
  readonly #recount: Recount | null;
  /** Answers found right, by path. */
  readonly #right = new Map<string, string>();

  constructor(label: string, recount: Recount | null) {
    this.#label = label;
    this.#recount = recount;
  }

  require(asked: Ask, body: string): void {
    if (this.#right.get(asked.path) === body) return;
    const problem = this.#problemOf(asked, JSON.parse(body));
    if (problem === null) {
      this.#right.set(asked.path, body);
      return;
    }
    throw new Error(
      `a wrong answer at ${this.#label}: GET ${asked.path}\n  ${problem}\n  answered: ${body.slice(0, SHOWN_CHARACTERS)}`,
    );
  }

  #problemOf({ path, total, recountedAs = path }: Ask, body: unknown): string | null {
    const { pathname, searchParams: query } = new URL(recountedAs, "http://recount");
    if (pathname === "/messages") return this.#pageProblem(query, body as Page, total);
    if (this.#recount === null) return null;
    if (pathname === "/stats/timeline")
      return timelineProblem(this.#recount.timeline(query), body as Timeline);
    const expected =
      pathname === "/stats" ? this.#recount.stats() : this.#recount.message(pathname.split("/")[2] ?? "");
    return isDeepStrictEqual(body, expected) ? null : `expected: ${JSON.stringify(expected)}`;
  }

  #pageProblem(query: URLSearchParams, page: Page, known: number | undefined): string | null {
    if (known !== undefined && page.total !== known)
      return `total ${page.total}, but ${known} are known to match`;
    if (this.#recount === null) return null;
    const { data, total } = this.#recount.page(query);
    if (page.total !== total) return `total ${page.total}, but ${total} match`;
    if (page.data.length !== data.length)
      return `${page.data.length} messages, but ${data.length} are on this page`;
    const wrong = data.findIndex((message, index) => !isDeepStrictEqual(page.data[index], message));
    return wrong < 0 ? null : `message ${wrong} of the page: expected ${JSON.stringify(data[wrong])}`;
  }
}

interface Page {
  readonly data: readonly unknown[];
  readonly total: number;
}

interface Timeline {
  readonly data: readonly { readonly start: string; readonly count: number }[];
}

/** Empty buckets may be told or left out. */
function timelineProblem(expected: ReadonlyMap<number, number>, { data }: Timeline): string | null {
  const told = data
    .filter(({ count }) => count !== 0)
    .map(({ start, count }): [number, number] => [Date.parse(start), count]);
  const counted = [...expected].toSorted(([a], [b]) => a - b);
  if (isDeepStrictEqual(told, counted)) return null;
  const wrong = counted.findIndex((bucket, index) => !isDeepStrictEqual(told[index], bucket));
  const [start = Number.NaN, count] = counted[wrong] ?? [];
  return wrong < 0
    ? `${told.length} buckets hold messages, but ${counted.length} are expected to`
    : `bucket ${new Date(start).toISOString()}: ${count} messages are in it`;
}
