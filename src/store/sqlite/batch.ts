import type { Message } from "../../message.ts";

/** A message in the journal: an array is smaller than an object, and names nothing twice. */
export type Row = readonly [message_id: string, from: string, to: string, ts: string, text: string | null];

/** Two messages are encoded alike exactly where they are the same. */
export function encode({ message_id, from, to, ts, text }: Message): string {
  return JSON.stringify([message_id, from, to, ts, text] satisfies Row);
}

export function decode(encoded: string): Message {
  const [message_id, from, to, ts, text] = JSON.parse(encoded) as Row;
  return { message_id, from, to, ts, text };
}

/** A later content of a known id, as the journal hands it to the indexer. */
export interface Conflict {
  readonly message_id: string;
  /** SHA-256 of the contents in hex (store/content.ts). */
  readonly firstHash: string;
  readonly laterHash: string;
  readonly differs: readonly string[];
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** One commit of the journal: what it adds to the main file. */
export interface Batch {
  readonly seq: number;
  readonly messages: readonly Row[];
  readonly conflicts: readonly Conflict[];
}
