/** An export into a file, which may have been begun before. */
import { existsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AppError } from "../errors.ts";
import type { Position } from "../message.ts";
import { syncPath } from "../store/digest.ts";
import type { ExportedPage } from "./export.ts";
import type { Format } from "./format.ts";
import { findEnd, type Resumed } from "./resume.ts";

const NOTHING: Resumed = { bytes: 0, messages: 0, after: null };

export class ExportFile {
  readonly resumed: Resumed;
  readonly #path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle, resumed: Resumed) {
    [this.#path, this.#file, this.resumed] = [path, file, resumed];
  }

  /**
   * A new file, or with `isResumed` one that is there, cut after its last whole record.
   * Throws AppError `cannot_start` for a file that is there, or is no export.
   */
  static async open(name: string, format: Format, isResumed: boolean): Promise<ExportFile> {
    const path = resolve(name);
    const isThere = existsSync(path);
    if (isThere && !isResumed)
      throw new AppError(
        "cannot_start",
        `${name} is there already: --resume goes on with it, or name another`,
      );
    const resumed = isThere ? await findEnd(path, format) : NOTHING;
    const file = await opened(path, isThere);
    await file.truncate(resumed.bytes);
    if (resumed.bytes === 0) await file.write(format.header, 0);
    return new ExportFile(path, file, resumed);
  }

  get after(): Position | null {
    return this.resumed.after;
  }

  async write({ bytes }: ExportedPage): Promise<void> {
    await this.#file.appendFile(bytes);
  }

  /** Resolves when all of it is on the disk. */
  async sync(): Promise<void> {
    await this.#file.sync();
    await syncPath(dirname(this.#path));
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

async function opened(path: string, isThere: boolean): Promise<FileHandle> {
  try {
    // Appending: whatever was cut off is gone by then.
    return await open(path, isThere ? "a" : "ax", 0o600);
  } catch (error) {
    throw new AppError("cannot_start", `${path} cannot be written: ${String(error)}`, { cause: error });
  }
}
