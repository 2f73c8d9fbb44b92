/** Questions that are nearly right. */
import type { Random } from "../support/random.ts";
import { inTarget, TOKEN } from "./mutant-request.ts";
import { mutateText, oneLine } from "./mutate.ts";

const PARAMETERS = [
  "limit",
  "offset",
  "from",
  "to",
  "since",
  "until",
  "order",
  "cursor",
  "bucket",
  "message_id",
  "nothing",
];
const QUERY_VALUES = [
  "",
  "1",
  "100",
  "0",
  "-1",
  "+14150000001",
  "%2B14150000001",
  "asc",
  "desc",
  "hour",
  "day",
  "the%20first",
  "2025-01-15T10:00:00Z",
  "2024-01-01T00:00:00.5Z",
];
/** Of cursors, and of ids of the stream, that the service gave. */
const CURSORS_KEPT = 50;
/** Behind the identity of the inbox: a number, or that of a transaction and an id in base64url. */
const PLACE_ENDS = ["-0", "-1", "-0-", "-0-AA", "-0-_w", "-1-bTE", "-99999999999999999999-bTE", "-x"];

export class MutantReads {
  readonly #random: Random;
  readonly #cursors: string[] = ["WzE3MzY5MzUyMDAsMCwibTEiXQ"];
  readonly #places: string[] = ["0123456789abcdef-1", "0123456789abcdef.00000001-10-bTE"];

  constructor(random: Random) {
    this.#random = random;
  }

  learn(cursor: string): void {
    this.#keep(this.#cursors, cursor);
  }

  learnPlace(place: string): void {
    this.#keep(this.#places, place);
  }

  #keep(kept: string[], one: string): void {
    if (kept.length < CURSORS_KEPT) kept.push(one);
    else kept[this.#random.below(CURSORS_KEPT)] = one;
  }

  query(): string {
    const random = this.#random;
    const pairs = Array.from({ length: random.below(5) }, () => {
      const value =
        random.below(3) === 0 ? mutateText(random.pick(QUERY_VALUES), random) : random.pick(QUERY_VALUES);
      const name =
        random.below(12) === 0 ? mutateText(random.pick(PARAMETERS), random) : random.pick(PARAMETERS);
      return `${name}=${value}`;
    });
    // A search among few messages: what this tries is the question, not the answer.
    const needle = `since=2025-01-15T10:00:00Z&until=2025-01-15T10:01:00Z&q=${mutateText("WORD", random)}`;
    return inTarget(random.below(8) === 0 ? needle : pairs.join("&"));
  }

  /** As it stands in a query. */
  cursor(): string {
    const random = this.#random;
    const known = random.pick(this.#cursors);
    if (random.below(4) === 0) return known;
    if (random.below(2) === 0) return inTarget(mutateText(known, random));
    const json = Buffer.from(known, "base64url").toString("utf8");
    return Buffer.from(mutateText(json, random)).toString("base64url");
  }

  /** What a stream is to go on behind. */
  lastEventId(): string {
    const random = this.#random;
    const known = random.pick(this.#places);
    return random.pick([
      () => known,
      () => known.replace(/-.*$/, random.pick(PLACE_ENDS)),
      () => oneLine(mutateText(known, random)),
    ])();
  }

  wrongToken(): string {
    const random = this.#random;
    const wrong = oneLine(mutateText(TOKEN, random)).replaceAll(/[^!-~]/g, "?");
    return wrong === TOKEN ? `${wrong}x` : wrong;
  }
}
