/** Wires the parts together, and is the only file that does: config → store → ingest → app → listen → drain. */
import type { AddressInfo } from "node:net";
import { type Config, serviceUrl, shareWithSdk } from "./config.ts";
import { AppError } from "./errors.ts";
import type { Log } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { Secrets } from "./secrets.ts";
import { openStore } from "./store/open.ts";
import { shareReads } from "./store/share-reads.ts";
import type { StoreOptions } from "./store/store.ts";
import type { Tracing } from "./trace.ts";
import { VERSION } from "./version.ts";
import { createIngest, QUEUE_BOUNDS } from "./webhook/ingest.ts";

/**
 * For requests in flight to finish when the service stops. Within the 10 s that Docker and Kubernetes give by
 * default or more, with room to close the store.
 */
export const DRAIN_MS_MAX = 8_000;

/**
 * Connections that the system holds while we are busy; beyond it resets them, and their senders learn nothing. Node's 511
 * is less than one burst of senders that come back at once after an outage. Linux takes at most net.core.somaxconn, 4096.
 */
const CONNECTIONS_WAITING_MAX = 4_096;

/** A vacuum leaves what a transaction of before may still see, also one of another database user, or of a standby. */
const HELD_UP_ADVICE =
  "end the transaction or slot that is older (pg_stat_activity, pg_prepared_xacts, pg_replication_slots); then they are removed by themselves";

export interface Service {
  /** Where it listens, as a client on this machine writes it. */
  readonly url: string;
  /** Those that are accepted now. */
  readonly secrets: Secrets;
  /** Stops accepting, finishes what was begun, commits, closes. Resolves within DRAIN_MS_MAX, the last commit, and a second for traces. */
  close(): Promise<void>;
}

/** Starts the service; resolves when it listens. Throws AppError `cannot_start` that says what to change. */
export async function startService(config: Config, log: Log): Promise<Service> {
  const metrics = createMetrics();
  const secrets = new Secrets(config.secrets);
  metrics.tellVersion(VERSION, config.store.engine);
  const opening = openStore(config.store, storeOptionsOf(config, log, metrics));
  // Loaded while the store opens in its threads: of the time to start, the two take most.
  const [store, { buildApp }, tracing] = await Promise.all([
    opening.then(shareReads),
    import("./http/app.ts"),
    tracingOf(config, log),
  ]);
  try {
    const ingest = createIngest(store, metrics.countCommit);
    metrics.watchQueue(ingest.depth, QUEUE_BOUNDS);
    const app = await buildApp({
      store,
      ingest,
      secrets,
      access: config.access,
      trustedProxies: config.trustedProxies,
      connectionsMax: config.connectionsMax,
      pagePath: config.pagePath,
      metrics,
      log,
      tracing,
      version: VERSION,
    });
    await app.listen({ host: config.host, port: config.port, backlog: CONNECTIONS_WAITING_MAX });
    const { port } = app.server.address() as AddressInfo;

    return {
      url: serviceUrl(config.host, port),
      secrets,
      async close() {
        // A sender that never finishes its request must not keep the store from closing; it was promised nothing.
        const late = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS_MAX);
        try {
          await app.close();
        } finally {
          clearTimeout(late);
          await store.close();
          await tracing?.close();
        }
      },
    };
  } catch (error) {
    await store.close();
    await tracing?.close();
    throw listenFailure(error, config);
  }
}

/** What the store tells goes to the figures and the log. */
function storeOptionsOf(config: Config, log: Log, metrics: Metrics): StoreOptions {
  return {
    now: Date.now,
    readTimeoutMs: config.readTimeoutMs,
    readConnections: config.readConnections,
    onFailure(error, again = false) {
      metrics.countStoreFailure();
      // What fails every few seconds would fill the log; its figure goes on, and so the alert on it.
      if (!again) log.error({ reason: reasonOf(error) }, "the store failed behind the requests");
    },
    onConnections: metrics.watchConnections,
    onJournal: metrics.watchJournal,
    retentionDays: config.retentionDays,
    dedupeDays: config.dedupeDays,
    onHeldUp(isHeldUp) {
      if (isHeldUp)
        log.warn({ advice: HELD_UP_ADVICE }, "an older transaction keeps erased rows in the tables");
      else log.info("erased rows that an older transaction kept in the tables are removed");
    },
    onExpired(erased) {
      metrics.countErased("age", erased);
      log.info(erased, "erased messages that are older than RETENTION_DAYS");
    },
  };
}

/** Where nothing is traced, not even the packages for it are loaded. */
async function tracingOf({ tracing }: Config, log: Log): Promise<Tracing | undefined> {
  if (tracing === undefined) return undefined;
  shareWithSdk(tracing);
  const { startTracing } = await import("./tracing/start-tracing.ts");
  return startTracing(tracing, VERSION, log);
}

function reasonOf(error: unknown): string {
  return error instanceof AppError ? (error.reason ?? error.message) : String(error);
}

function listenFailure(error: unknown, { host, port }: Config): unknown {
  const advice: Readonly<Record<string, string>> = {
    EADDRINUSE: "another program listens there; set PORT",
    EADDRNOTAVAIL: "this machine has no such address; set HOST",
    EACCES: "this user may not listen there; set PORT to 1024 or more",
    ENOTFOUND: "no such host name; set HOST",
  };
  const known = advice[(error as { code?: string }).code ?? ""];
  return known === undefined
    ? error
    : new AppError("cannot_start", `cannot listen on ${host}:${port}: ${known}`, { cause: error });
}
