/** What `lyftr backup` and `lyftr restore` ask of every engine. */

/** Is told what is being done, and how much of it is done, 0 to 1. */
export type Tell = (doing: string, share: number) => void;

/** Who waits for a backup. */
export interface Watch {
  readonly tell: Tell;
  /** Is called once the source is no longer read: nothing of it is held from then on, and what is left has time. */
  readonly copied: () => void;
}

/** A file that an engine wrote into the folder of a backup. */
export interface DumpedFile {
  readonly name: string;
  /** SHA-256 in hex of what was written, where the engine saw it all go by; it has to be found again on the disk. */
  readonly sha256?: string;
  /** Of a file that holds a table. */
  readonly table?: DumpedTable;
}

export interface DumpedTable {
  readonly name: string;
  /** In the order in which the file has them. */
  readonly columns: readonly string[];
  readonly rows: number;
}

/** What an engine says of what it dumped. */
export interface Dumped {
  /** The number of the newest migration that ran on it. */
  readonly schema: number;
  readonly messages: number;
  readonly conflicts: number;
  readonly files: readonly DumpedFile[];
}

/** A backup whose files were found to be as they were written. */
export interface KeptBackup extends Dumped {
  readonly folder: string;
  readonly files: readonly KeptFileOfBackup[];
}

export interface KeptFileOfBackup extends DumpedFile {
  readonly sha256: string;
  readonly bytes: number;
}
