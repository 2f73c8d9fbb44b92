/** What was no message, each record on a line of its own as it stood there, in a file that the operator names. */
import { appendFileSync, statSync, truncateSync } from "node:fs";
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
   * `before`: what the state of an import that goes on tells, null where no file was named then, and undefined where it tells nothing, as
   * that of a former version. Null for a file that is there and is not of this import.
   */
  static open(
    name: string,
    isResumed: boolean,
    before: RefusedBefore | null | undefined,
  ): RefusedFile | null {
    const path = resolve(name);
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size === undefined) return new RefusedFile(path, 0);
    if (!isResumed || before === null || (before !== undefined && before.path !== path)) return null;
    const kept = Math.min(size, before?.bytes ?? size);
    // What was written behind the state is read again.
    if (kept < size) truncateSync(path, kept);
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
    appendFileSync(this.path, line, { mode: 0o600 });
    this.#bytes += line.length;
  }
}
