import type { Row } from "../../src/store/sqlite/batch.ts";
import { openMain } from "../../src/store/sqlite/connection.ts";
import { Indexer } from "../../src/store/sqlite/indexer.ts";
import { createMessage, createRandom } from "./load.ts";

const BATCH_MESSAGES = 20_000;
const BAR_WIDTH = 40;

/** Fills a file with the messages of the serials 0 to `count`, through the engine's own indexer. */
export async function prefill(path: string, count: number, say: (line: string) => void): Promise<void> {
  const { database, boundLog, close } = openMain(path);
  const indexer = new Indexer(database);
  const random = createRandom(1);
  const started = performance.now();
  for (let serial = 0; serial < count; serial += BATCH_MESSAGES) {
    const messages = Array.from({ length: BATCH_MESSAGES }, (_, index): Row => {
      const { message_id, from, to, ts, text } = createMessage(serial + index, random);
      return [message_id, from, to, ts, text];
    });
    indexer.apply([{ seq: 0, messages, conflicts: [] }]);
    indexer.makeSearchable(BATCH_MESSAGES);
    boundLog();
    showBar(serial + BATCH_MESSAGES, count, started);
    await new Promise(setImmediate);
  }
  indexer.markClean(true);
  close();
  say(`prefilled ${count} messages in ${Math.round((performance.now() - started) / 1000)} s`);
}

function showBar(done: number, count: number, started: number): void {
  const share = done / count;
  const left = ((performance.now() - started) / 1000 / share) * (1 - share);
  const bar = "#".repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, ".");
  process.stderr.write(`\r[${bar}] ${Math.round(share * 100)} %, ${Math.round(left)} s left `);
  if (done >= count) process.stderr.write("\n");
}
