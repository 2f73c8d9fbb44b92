import { TransferProgress } from "../../src/cli/transfer-progress.ts";
import type { Row } from "../../src/store/sqlite/batch.ts";
import { openMain } from "../../src/store/sqlite/connection.ts";
import { Indexer } from "../../src/store/sqlite/indexer.ts";
import { createMessage, createRandom, type LoadMessage } from "./load.ts";

const BATCH_MESSAGES = 20_000;

/** Fills a file with the messages of the serials 0 to `count`, through the engine's own indexer. */
export async function prefill(
  path: string,
  count: number,
  say: (line: string) => void,
  messageOf: (serial: number) => LoadMessage = ingestMessages(),
): Promise<void> {
  const { database, boundLog, close } = openMain(path);
  const indexer = new Indexer(database);
  const started = performance.now();
  const progress = new TransferProgress(process.stderr, "filling", () => performance.now());
  for (let serial = 0; serial < count; serial += BATCH_MESSAGES) {
    const length = Math.min(BATCH_MESSAGES, count - serial);
    const messages = Array.from({ length }, (_, index): Row => {
      const { message_id, from, to, ts, text } = messageOf(serial + index);
      return [message_id, from, to, ts, text];
    });
    indexer.apply([{ seq: 0, messages, conflicts: [] }]);
    indexer.makeSearchable(length);
    boundLog();
    progress.show(serial + length, (serial + length) / count);
    await new Promise(setImmediate);
  }
  progress.clear();
  // What the service does in moments of rest.
  while (indexer.isUntidy()) indexer.makeSearchable(BATCH_MESSAGES);
  indexer.markClean(true);
  close();
  say(`prefilled ${count} messages in ${Math.round((performance.now() - started) / 1000)} s`);
}

/** Those of `bench:ingest`. */
function ingestMessages(): (serial: number) => LoadMessage {
  const random = createRandom(1);
  return (serial) => createMessage(serial, random);
}
