/** Stores what a file holds, batch after batch, and keeps in mind how far it is. */
import { AppError } from "../errors.ts";
import type { Message } from "../message.ts";
import { readAhead } from "../move/batches.ts";
import { type Tally, Target } from "../move/target.ts";
import type { MoveReader } from "../store/move.ts";
import type { Store } from "../store/store.ts";
import type { Format } from "./format.ts";
import { importBatches, type Refused, type Source } from "./import.ts";
import type { Start } from "./records.ts";

/** What became of records; of messages whose id was known, `duplicate` are there, and `erased` are not and stay away. */
export interface ImportTally extends Tally {
  readonly erased: number;
  /** Were no message. */
  readonly invalid: number;
}

export interface Into {
  readonly store: Store;
  /** Of the same inbox. */
  readonly reader: Pick<MoveReader, "erasedAmong">;
  readonly signal: AbortSignal;
  /** Is handed each record that is no message, to go on behind it; without it the first one ends the import. */
  readonly refuse: ((refused: Refused) => void) | undefined;
  /** Is told after each batch what became of all records until now, and where it ended; all of that is durable. */
  readonly stored: (tally: ImportTally, end: Start, ids: readonly string[]) => void;
}

/**
 * Resolves when everything is durable. Throws AppError `invalid` that names the line of the first record which is no message, once
 * all before it is stored.
 */
export async function importInto(source: Source, format: Format, into: Into): Promise<ImportTally> {
  const target = new ImportTarget(into);
  let invalid = 0;
  for await (const batch of readAhead(importBatches(source, format))) {
    into.signal.throwIfAborted();
    const [first] = batch.refused;
    if (first !== undefined && into.refuse === undefined) {
      await target.append(batch.messages.slice(0, first.before));
      throw new AppError("invalid", `line ${first.line}: ${first.problem}`);
    }
    await target.append(batch.messages);
    for (const refused of batch.refused) into.refuse?.(refused);
    invalid += batch.refused.length;
    into.stored({ ...target.tally, invalid }, batch.end, idsOf(batch.messages));
  }
  await target.readable();
  return { ...target.tally, invalid };
}

/** Tells those that were erased from those that are there: to the store both are duplicates. */
class ImportTarget {
  readonly #target: Target;
  readonly #reader: Into["reader"];
  #erased = 0;

  constructor({ store, reader }: Into) {
    this.#target = new Target(store);
    this.#reader = reader;
  }

  get tally(): Omit<ImportTally, "invalid"> {
    const { created, duplicate, ...others } = this.#target.tally;
    return { created, duplicate: duplicate - this.#erased, erased: this.#erased, ...others };
  }

  async append(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    const results = await this.#target.append(messages);
    const known = idsOf(messages.filter((_message, index) => results[index] === "duplicate"));
    if (known.length === 0) return;
    const erased = new Set(await this.#reader.erasedAmong(known));
    this.#erased += known.filter((id) => erased.has(id)).length;
  }

  readable(): Promise<void> {
    return this.#target.readable();
  }
}

function idsOf(messages: readonly Message[]): string[] {
  return messages.map(({ message_id }) => message_id);
}
