/** Stores what a file holds, batch after batch, and keeps in mind how far it is. */
import { AppError } from "../errors.ts";
import { readAhead } from "../move/batches.ts";
import { type Tally, Target } from "../move/target.ts";
import type { Store } from "../store/store.ts";
import type { Format } from "./format.ts";
import { importBatches, type ImportBatch, type Refused, type Source } from "./import.ts";
import type { Start } from "./records.ts";

export interface Into {
  readonly store: Store;
  readonly signal: AbortSignal;
  /** Is handed each record that is no message, to go on behind it; without it the first one ends the import. */
  readonly refuse: ((refused: Refused) => void) | undefined;
  /** Is told after each batch what became of all messages until now, and where it ended; all of that is durable. */
  readonly stored: (tally: Tally, end: Start, ids: readonly string[]) => void;
}

export interface Imported extends Tally {
  /** Records that were no message. */
  readonly invalid: number;
}

/**
 * Resolves when everything is durable. Throws AppError `invalid` that names the line of the first record which is no message, once
 * all before it is stored.
 */
export async function importInto(source: Source, format: Format, into: Into): Promise<Imported> {
  const target = new Target(into.store);
  let invalid = 0;
  for await (const batch of readAhead(importBatches(source, format))) {
    into.signal.throwIfAborted();
    const [first] = batch.refused;
    if (first !== undefined && into.refuse === undefined) {
      await append(target, batch.messages.slice(0, first.before));
      throw new AppError("invalid", `line ${first.line}: ${first.problem}`);
    }
    await append(target, batch.messages);
    for (const refused of batch.refused) into.refuse?.(refused);
    invalid += batch.refused.length;
    into.stored(target.tally, batch.end, idsOf(batch));
  }
  await target.readable();
  return { ...target.tally, invalid };
}

async function append(target: Target, messages: ImportBatch["messages"]): Promise<void> {
  if (messages.length > 0) await target.append(messages);
}

function idsOf({ messages }: ImportBatch): string[] {
  return messages.map(({ message_id }) => message_id);
}
