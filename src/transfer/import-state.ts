/** How far an import of a file is, kept beside it, so that one that was cut off need not begin at the first line again. */
import { hash } from "node:crypto";
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import type { ImportTally } from "./import-into.ts";
import type { Start } from "./records.ts";
import type { RefusedBefore } from "./refused-file.ts";

/** Before the place where it goes on: enough to tell one file from another. */
const TAIL_BYTES = 4096;

export interface ImportState {
  /** Which database, and in which format. */
  readonly target: string;
  readonly format: string;
  /** Everything before it is stored. */
  readonly end: Start;
  /** SHA-256 of the bytes before it. */
  readonly tail: string;
  /** Of the last batch: a database without these is not the one that they were stored in. */
  readonly stored: readonly string[];
  /** Of all before it; members that a former version did not count are left out. */
  readonly tally: Readonly<Partial<ImportTally>>;
  /** Where what was no message is written; null where no file was named. */
  readonly refused?: RefusedBefore | null;
}

/** Beside the file, of which it is told by name. */
export class ImportStates {
  readonly #input: string;
  readonly #path: string;
  #isRefused = false;

  constructor(input: string) {
    this.#input = input;
    this.#path = `${input}.import-state`;
  }

  /** Null where there is none, or it is of another file, database or format. */
  read(target: string, format: string): ImportState | null {
    if (!existsSync(this.#path)) return null;
    let state: ImportState;
    try {
      state = JSON.parse(readFileSync(this.#path, "utf8")) as ImportState;
    } catch {
      // Cut off: the first line is as good a place to begin.
      return null;
    }
    const isOfThis = state.target === target && state.format === format;
    return isOfThis && state.tail === this.#tailBefore(state.end.offset) ? state : null;
  }

  /**
   * Only where it goes on: losing it costs time, and no message. So where it cannot be written, `refused` is told once, and no more
   * is tried.
   */
  write(state: Omit<ImportState, "tail">, refused: (why: string) => void): void {
    if (this.#isRefused) return;
    const whole: ImportState = { ...state, tail: this.#tailBefore(state.end.offset) };
    const part = `${this.#path}.part`;
    try {
      writeFileSync(part, JSON.stringify(whole), { mode: 0o600 });
      renameSync(part, this.#path);
    } catch (error) {
      this.#isRefused = true;
      refused(
        `${this.#path} cannot be written (${String(error)}): cut off, this begins at the first line again`,
      );
    }
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }

  #tailBefore(offset: number): string {
    const bytes = Buffer.alloc(Math.min(TAIL_BYTES, offset));
    const file = openSync(this.#input, "r");
    try {
      const read = readSync(file, bytes, 0, bytes.length, offset - bytes.length);
      return hash("sha256", bytes.subarray(0, read), "hex");
    } finally {
      closeSync(file);
    }
  }
}
