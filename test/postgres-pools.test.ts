/** The bounds of what a process holds and lets wait: kept, and told by the figures. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "pg";
import { AppError } from "../src/errors.ts";
import type { ConnectionsDepth } from "../src/depth-gauges.ts";
import type { StoreOptions } from "../src/store/store.ts";
import { eventually } from "./support/eventually.ts";
import { createPostgresDatabase, startServerFor } from "./support/postgres.ts";
import { sampleMessage } from "./support/sample.ts";

const FORGIVING = { onFailure: (): void => undefined };

interface Watched {
  readonly watching: Pick<StoreOptions, "onConnections">;
  readonly depthOf: (use: string) => ConnectionsDepth;
}

function watched(): Watched {
  const depths = new Map<string, () => ConnectionsDepth>();
  return {
    watching: { onConnections: (use, depth) => void depths.set(use, depth) },
    depthOf: (use) => {
      const depth = depths.get(use);
      assert.ok(depth);
      return depth();
    },
  };
}

test("no more reads run than there are connections for, no more wait than may, and one more is refused", async (t) => {
  const database = await createPostgresDatabase(t);
  const { watching, depthOf } = watched();
  const store = await database.openWith({
    ...FORGIVING,
    readConnections: 2,
    ...watching,
  });
  await store.append([sampleMessage()]);
  const other = new Client({ connectionString: database.url });
  await other.connect();
  t.after(() => other.end());
  // Whoever reads the table waits for this lock.
  await other.query("BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE");
  const reads = [store.get("m1"), store.get("m1")];
  await eventually("both connections are in use", () => depthOf("read").open === 2 || undefined);
  for (let waiting = 0; waiting < depthOf("read").waitingMax; waiting += 1) reads.push(store.get("m1"));
  await assert.rejects(
    store.get("m1"),
    (error) =>
      error instanceof AppError && error.code === "unavailable" && /1000 calls wait/.test(error.reason ?? ""),
  );
  assert.deepEqual(depthOf("read"), {
    open: 2,
    openMax: 2,
    waiting: 1_000,
    waitingMax: 1_000,
    crowdedOut: 1,
    unconnected: 0,
  });
  await other.query("ROLLBACK");
  assert.equal((await Promise.all(reads)).length, 1_002);
  assert.equal(depthOf("read").waiting, 0);
});

test("calls that no server took are counted beside", async (t) => {
  const server = await startServerFor(t);
  const database = await createPostgresDatabase(t, server);
  const { watching, depthOf } = watched();
  const store = await database.openWith({ ...FORGIVING, ...watching });
  await store.append([sampleMessage()]);
  await server.stop("fast");
  await eventually("a message is refused for it", async () => {
    await assert.rejects(store.append([sampleMessage()]));
    return depthOf("append").unconnected > 0 || undefined;
  });
  assert.deepEqual([depthOf("append").open, depthOf("append").crowdedOut], [0, 0]);
  await server.start();
  await eventually("messages are taken again", () => store.append([sampleMessage()]).catch(() => undefined));
});
