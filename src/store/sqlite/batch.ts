import type { Message } from "../../message.ts";

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
  readonly messages: readonly Message[];
  readonly conflicts: readonly Conflict[];
}
