/**
 * The list of messages as far as it is held (stretch.ts). It grows at either end by the cursor of the message there, and loses at the far
 * end what is out of sight: it never skips or repeats, and holds no more of a million than of a thousand. What arrives is put into its
 * place, or asked for; while the list is held back, only counted.
 */
import type { Message } from "../../../../src/message.ts";
import { Failure } from "../../../failure.ts";
import { type FetchPage, PAGE_MESSAGES_MAX, type PageAnswer, type PageAsked } from "./paging.ts";
import { Rest } from "./rest.ts";
import { Retry } from "./retry.ts";
import { AHEAD_MESSAGES, cursorOf, Stretch } from "./stretch.ts";

export class Listing {
  readonly #stretch = new Stretch();
  #isLoaded = false;
  #isStale = false;
  #isToCount = false;
  #isHeldBack = false;
  /** By the last answer. */
  #totalTold = 0;
  /** What arrived while something was asked for. */
  #arrived: Message[] = [];
  #failure: Failure | undefined;
  #inSight: readonly [first: number, last: number] = [0, 0];
  #isBusy = false;
  readonly #retry = new Retry(() => void this.#load());
  readonly #rest = new Rest(() => void this.#load());
  readonly #ended = new AbortController();
  readonly #fetchPage: FetchPage;
  readonly #changed: () => void;

  /** Begins to load; `changed` is called whenever anything that can be read here is another. */
  constructor(fetchPage: FetchPage, changed: () => void) {
    this.#fetchPage = fetchPage;
    this.#changed = changed;
    void this.#load();
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  get rows(): readonly Message[] {
    return this.#stretch.rows;
  }

  /** Exact, but for what is held back. */
  get total(): number {
    return this.#stretch.total;
  }

  /** How many are held back. */
  get heldBack(): number {
    return this.#isHeldBack ? Math.max(0, this.#totalTold - this.total) : 0;
  }

  /** Why nothing more could be loaded, until it can again; what was loaded is still there. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** The message at a place in the whole list; undefined while it is not held. */
  at(index: number): Message | undefined {
    return this.#stretch.at(index);
  }

  /** Its place in the whole list; -1 for what is not held. */
  indexOf(messageId: string): number {
    return this.#stretch.indexOf(messageId);
  }

  /** Says which places are in sight: those and some around them are loaded. */
  look(first: number, last: number): void {
    this.#inSight = [first, last];
    void this.#load();
  }

  /** These arrived, maybe before the last answer. */
  arrived(messages: readonly Message[]): void {
    const isTooMany = this.#arrived.length + messages.length > PAGE_MESSAGES_MAX;
    if (this.#isHeldBack || isTooMany) return this.outrun();
    this.#arrived.push(...messages);
    if (!this.#isBusy && this.#letIn()) this.#changed();
    void this.#load();
  }

  /** More may have arrived than can be told one by one. */
  outrun(): void {
    if (this.#isHeldBack) this.#isToCount = true;
    else this.#isStale = true;
    void this.#load();
  }

  /** The total may be another: others erase. */
  recount(): void {
    this.#isToCount = true;
    void this.#load();
  }

  /** What is in sight may be another: it is asked for at once, and what was held back is let in. */
  reread(): void {
    this.#isStale = true;
    this.#rest.end();
    void this.#load();
  }

  /** Whether what arrives is only counted. */
  holdBack(isHeldBack: boolean): void {
    if (isHeldBack === this.#isHeldBack) return;
    this.#isHeldBack = isHeldBack;
    if (isHeldBack) {
      // What was not let in by now is only counted.
      this.#isToCount ||= this.#isStale || this.#arrived.length > 0;
      [this.#isStale, this.#arrived] = [false, []];
    } else this.reread();
    this.#changed();
    void this.#load();
  }

  /** After a failure: now, not when it would be tried again by itself. */
  retry(): void {
    this.#retry.end();
    void this.#load();
  }

  /** Nothing is loaded any more. */
  close(): void {
    this.#ended.abort();
    this.#retry.end();
    this.#rest.end();
  }

  /** One request after the other, each for what is wanted then, until nothing is. */
  async #load(): Promise<void> {
    if (this.#isBusy || this.#retry.isWaiting || this.#ended.signal.aborted) return;
    this.#isBusy = true;
    try {
      for (let step = this.#nextStep(); step !== undefined; step = this.#nextStep()) {
        await step();
        if (this.#ended.signal.aborted) return;
        this.#isLoaded = true;
        this.#failure = undefined;
        this.#retry.worked();
        this.#letIn();
        this.#changed();
      }
    } catch (error) {
      if (!this.#ended.signal.aborted) this.#fail(error);
    } finally {
      this.#isBusy = false;
    }
  }

  #nextStep(): (() => Promise<void>) | undefined {
    if (!this.#isLoaded) return () => this.#loadFrom(0);
    const lack = this.#stretch.lackAround(...this.#inSight);
    if (lack === "above") return () => this.#grow("asc");
    if (this.#isForArrivals) return () => this.#rest.after(this.#isStale ? this.#refresh() : this.#count());
    if (lack === "all") return () => this.#loadFrom(this.#inSight[0]);
    return lack === "below" ? () => this.#grow("desc") : undefined;
  }

  get #isForArrivals(): boolean {
    return (this.#isStale || this.#isToCount) && this.#rest.isOver();
  }

  /** Anew, from a place in the whole list. */
  #loadFrom(index: number): Promise<void> {
    const offset = Math.max(0, Math.min(index - AHEAD_MESSAGES, this.total - PAGE_MESSAGES_MAX));
    return this.#anew({ order: "desc", ...(offset > 0 && { offset }) }, offset, () => offset);
  }

  /** Anew, around what is in sight, which stays where it is; at the very top, what is new is let in. */
  #refresh(): Promise<void> {
    const [first] = this.#inSight;
    const from = Math.max(this.#stretch.above + 1, first - AHEAD_MESSAGES / 2);
    const anchor = from <= first ? this.at(from - 1) : undefined;
    if (anchor === undefined) return this.#loadFrom(first);
    // What came behind the anchor cannot be told from what came before it: most come first.
    const more = from - this.total;
    return this.#anew({ order: "desc", cursor: cursorOf(anchor) }, from, ({ total }) =>
      Math.max(1, more + total),
    );
  }

  /** `from`: the place of the first asked for, as places are now; `above` tells its place then. */
  async #anew(
    asked: Omit<PageAsked, "limit">,
    from: number,
    above: (answer: PageAnswer) => number,
  ): Promise<void> {
    const answer = await this.#askAnew(asked);
    const [first] = this.#inSight;
    const isThere =
      first >= from && (!answer.hasNext || first + AHEAD_MESSAGES / 2 < from + answer.data.length);
    // Who went on meanwhile keeps what is in sight, and it is asked for again.
    if (this.at(first) !== undefined && !isThere) this.#isStale = true;
    else this.#stretch.replace(answer.data, above(answer), answer);
  }

  async #grow(order: "asc" | "desc"): Promise<void> {
    const neighbour = this.rows.at(order === "asc" ? 0 : -1);
    if (neighbour === undefined) return;
    const answer = await this.#ask({ order, cursor: cursorOf(neighbour) });
    if (order === "desc") this.#stretch.addBelow(answer, this.#isHeldBack);
    else if (this.#stretch.addAbove(answer, this.#isHeldBack)) this.#isStale = true;
  }

  async #count(): Promise<void> {
    const { total, data } = await this.#askAnew({ order: "desc" }, 1);
    const newest = this.at(0)?.message_id;
    const isAnother = total !== this.total || (newest !== undefined && newest !== data[0]?.message_id);
    if (!this.#isHeldBack && isAnother) this.#isStale = true;
  }

  /** What is said while it is asked is not of the answer. */
  async #askAnew(asked: Omit<PageAsked, "limit">, limit?: number): Promise<PageAnswer> {
    const [isStale, isToCount] = [this.#isStale, this.#isToCount];
    [this.#isStale, this.#isToCount] = [false, false];
    return this.#ask(asked, limit).catch((error: unknown) => {
      this.#isStale ||= isStale;
      this.#isToCount ||= isToCount;
      throw error;
    });
  }

  async #ask(asked: Omit<PageAsked, "limit">, limit = PAGE_MESSAGES_MAX): Promise<PageAnswer> {
    const answer = await this.#fetchPage({ ...asked, limit, isRecent: this.#isLoaded }, this.#ended.signal);
    this.#totalTold = answer.total;
    return answer;
  }

  /** Returns whether the list is another for it. */
  #letIn(): boolean {
    if (!this.#isLoaded) return false;
    const before = this.total;
    for (const message of this.#arrived.splice(0)) if (!this.#stretch.letIn(message)) this.#isStale = true;
    this.#totalTold += this.total - before;
    this.#stretch.forgetAround(...this.#inSight);
    return this.total !== before;
  }

  #fail(error: unknown): void {
    if (!(error instanceof Failure)) throw error;
    this.#failure = error;
    this.#retry.failed(error);
    this.#changed();
  }
}
