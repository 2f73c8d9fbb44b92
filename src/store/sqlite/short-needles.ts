import type { DatabaseSync } from "node:sqlite";

/** A pair of code points as one number, below 2 ** 42; the first is 0, which no text holds, for one alone. */
const POINTS = 2 ** 21;
/** Those of ASCII are met the most, and counted in arrays: a fifth of the time. */
const ASCII = 128;

interface Count {
  messages: number;
  /** The text that was counted last, since a needle counts once a text. */
  last: number;
}

/** Counts in how many texts of one part each one or two characters stand; begun anew after a restart. */
export class ShortNeedles {
  readonly part: number;
  readonly #texts;
  readonly #counts = new Map<number, Count>();
  readonly #ascii = { messages: new Int32Array(ASCII ** 2), last: new Float64Array(ASCII ** 2) };
  #reached: number;
  readonly #lastId: number;

  constructor(database: DatabaseSync, part: number, firstId: number, lastId: number) {
    this.part = part;
    this.#reached = firstId - 1;
    this.#lastId = lastId;
    this.#texts = database.prepare(
      "SELECT id, coalesce(folded, lower(text)) AS text FROM messages WHERE id > ? AND id <= ? AND text IS NOT NULL",
    );
  }

  /** Counts in the next texts; true when it has all. */
  add(texts: number): boolean {
    const end = Math.min(this.#reached + texts, this.#lastId);
    for (const { id, text } of this.#texts.iterate(this.#reached, end))
      this.#addText(Number(id), String(text));
    this.#reached = end;
    return end === this.#lastId;
  }

  /** Each that was met, and in how many texts. */
  *counts(): Generator<readonly [needle: string, messages: number]> {
    for (const [key, { messages }] of this.#counts) yield [needleOf(key), messages];
    for (const [key, messages] of this.#ascii.messages.entries()) {
      const pair = Math.floor(key / ASCII) * POINTS + (key % ASCII);
      if (messages > 0) yield [needleOf(pair), messages];
    }
  }

  #addText(id: number, text: string): void {
    let before = 0;
    for (let index = 0; index < text.length; index += 1) {
      const point = text.codePointAt(index) as number;
      if (point > 0xffff) index += 1;
      this.#count(0, point, id);
      if (before !== 0) this.#count(before, point, id);
      before = point;
    }
  }

  #count(first: number, second: number, id: number): void {
    if (first < ASCII && second < ASCII) {
      const { messages, last } = this.#ascii;
      const key = first * ASCII + second;
      if (last[key] !== id) messages[key] = (messages[key] ?? 0) + 1;
      last[key] = id;
      return;
    }
    const key = first * POINTS + second;
    const count = this.#counts.get(key);
    if (count === undefined) this.#counts.set(key, { messages: 1, last: id });
    else if (count.last !== id) {
      count.last = id;
      count.messages += 1;
    }
  }
}

/** Of one text: each one and two characters that stand in it. */
export function needlesOf(text: string): ReadonlySet<string> {
  const points = Array.from(text);
  return new Set([...points, ...points.slice(1).map((point, index) => `${points[index] ?? ""}${point}`)]);
}

function needleOf(key: number): string {
  const [first, second] = [Math.floor(key / POINTS), key % POINTS];
  return first === 0 ? String.fromCodePoint(second) : String.fromCodePoint(first, second);
}
