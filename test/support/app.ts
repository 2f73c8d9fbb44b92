import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { LOOPBACK_ACCESS } from "../../src/access.ts";
import { buildApp } from "../../src/http/app.ts";
import { createLogTo } from "../../src/log.ts";
import { createMetrics } from "../../src/metrics.ts";
import { Secrets } from "../../src/secrets.ts";
import type { Store } from "../../src/store/store.ts";
import { createIngest, type Ingest, QUEUE_BOUNDS } from "../../src/webhook/ingest.ts";
import { SECRET } from "./sample.ts";

export interface TestApp {
  readonly url: string;
  readonly ingest: Ingest;
}

/** The service over a store of the test's choice, wired as main.ts wires it; stopped with the test. */
export async function startAppOver(
  t: TestContext,
  store: Store,
  { connectionsMax = 4_000 }: { connectionsMax?: number } = {},
): Promise<TestApp> {
  const metrics = createMetrics();
  const ingest = createIngest(store, metrics.countCommit);
  metrics.watchQueue(ingest.depth, QUEUE_BOUNDS);
  const log = createLogTo({ write: () => undefined }, "silent");
  const app = await buildApp({
    store,
    ingest,
    secrets: new Secrets([SECRET]),
    access: LOOPBACK_ACCESS,
    trustedProxies: [],
    connectionsMax,
    pagePath: "/",
    metrics,
    log,
    version: "0.0.0",
  });
  t.after(() => app.close());
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, ingest };
}
