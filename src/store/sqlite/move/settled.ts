import { existsSync, realpathSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../../errors.ts";
import { placeToRead } from "../check/kept-file.ts";
import { BUSY_MS_MAX } from "../log-bound.ts";

/** A service applies what it acknowledged within half a second, and under the greatest load some seconds later. */
const SETTLED_MS_MAX = 60_000;
const LOOK_EVERY_MS = 50;

/** MoveReader.settled: the main file follows the journal, in which everything is that was acknowledged. */
export async function settled(path: string, watermark: () => Promise<number>): Promise<void> {
  const last = lastSeq(`${realpathSync(path)}.journal`);
  for (let waitedMs = 0; (await watermark()) < last; waitedMs += LOOK_EVERY_MS) {
    if (waitedMs >= SETTLED_MS_MAX) {
      throw new AppError(
        "unavailable",
        `what was acknowledged last is only in ${path}.journal, and no service brings it into ${path}: run this again`,
      );
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** 0 where nothing is in the journal that might not be in the main file. */
function lastSeq(journalPath: string): number {
  if (!existsSync(journalPath)) return 0;
  const database = new DatabaseSync(placeToRead(journalPath).url, { readOnly: true, timeout: BUSY_MS_MAX });
  try {
    return Number(database.prepare("SELECT max(seq) AS seq FROM batches").get()?.["seq"] ?? 0);
  } finally {
    database.close();
  }
}
