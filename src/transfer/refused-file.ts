/** What was no message, each record on a line of its own as it stood there, in a file that the operator names. */
import { appendFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

/** How far it was when the state of the import was written. */
export interface RefusedBefore {
  readonly path: string;
  readonly bytes: number;
}

export class RefusedFile {
  readonly path: string;
  #bytes: number;

  /**
   * `isResumed`: of an import that goes on, and `before` what its state tells; that of a former version tells nothing. Null for a file
   * that is there and is not of this import.
   */
  static open(name: string, isResumed: boolean, before: RefusedBefore | undefined): RefusedFile | null {
    const path = resolve(name);
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    const isOfThis = isResumed && (before === undefined || before.path === path);
    if (size !== undefined && !isOfThis) return null;
    const kept = Math.min(size ?? 0, before?.bytes ?? Number.POSITIVE_INFINITY);
    // What was written behind the state is read again.
    if (size === undefined) writeFileSync(path, "", { mode: 0o600 });
    else if (kept < size) truncateSync(path, kept);
    return new RefusedFile(path, kept);
  }

  private constructor(path: string, bytes: number) {
    this.path = path;
    this.#bytes = bytes;
  }

  get state(): RefusedBefore {
    return { path: this.path, bytes: this.#bytes };
  }

  add(record: Buffer): void {
    const line = Buffer.concat([record, Buffer.from("\n")]);
    appendFileSync(this.path, line);
    this.#bytes += line.length;
  }
}
