/** What every engine tells when it is asked whether what it keeps is exact. The checks, and their names, are its own. */

/** Of each check; more would tell nothing new. */
export const DIFFERENCES_SHOWN_MAX = 10;

/** Something that is not as a recount finds it. */
export interface Difference {
  /** Names a figure, a message_id or a party; never holds a text. */
  readonly what: string;
  /** Where it is a figure: null for one that is not there. */
  readonly kept?: number | null;
  readonly counted?: number | null;
}

/** A check tells how far it is any number of times, and last what it found. */
export interface CheckStep {
  readonly name: string;
  /** Counted from 1, `of` so many. */
  readonly number: number;
  readonly of: number;
  /** How much of this check is done, 0 to 1. */
  readonly share: number;
  /** Null until it has ended. */
  readonly found: Found | null;
}

interface Found {
  /** The first of them. */
  readonly differences: readonly Difference[];
  readonly total: number;
}

/** Gathers what one check finds. */
export class Findings implements Found {
  readonly differences: Difference[] = [];
  total = 0;

  add(difference: Difference): void {
    this.total += 1;
    if (this.isTelling) this.differences.push(difference);
  }

  /** Whether the next difference would be among those that are told. */
  get isTelling(): boolean {
    return this.differences.length < DIFFERENCES_SHOWN_MAX;
  }

  /** Adds what another found. */
  addAll({ differences, total }: Found): void {
    for (const difference of differences) this.add(difference);
    this.addUntold(total - differences.length);
  }

  /** Adds differences that are not told, since the first have been. */
  addUntold(count: number): void {
    this.total += count;
  }

  /** Adds what is not the same. */
  compare(what: string, kept: number | null, counted: number | null): void {
    if (kept !== counted) this.add({ what, kept, counted });
  }
}
