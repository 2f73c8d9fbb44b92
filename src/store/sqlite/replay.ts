import { openSqliteStore } from "./store.ts";

/** For the replay: it ends with one read of the figures. */
const READ_MS_MAX = 60_000;

/**
 * Brings what the journal holds into the main file, as a start of the service does, and stops cleanly: then the main file is all
 * there is. The engine tries again for ever; here its first failure ends it. Throws AppError as openSqliteStore does.
 */
export async function replay(path: string): Promise<void> {
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);
  const store = await openSqliteStore(path, { now: Date.now, readTimeoutMs: READ_MS_MAX, onFailure: fail });
  try {
    await Promise.race([store.stats(), failed]);
  } finally {
    await store.close();
  }
}
