/**
 * The servers that stand beside the service, as processes of their own: `node bench/ingest/server.ts KIND DATABASE`.
 *
 *   bare     node:http with the same checks, log and metrics, and nothing stored
 *   ceiling  this same service with a store that answers at once
 *   naive    this same service with one INSERT transaction a request, in the HTTP thread
 *   naive-postgres, naive-postgres-uncounted
 *            the same on PostgreSQL, through a pool of connections; DATABASE is a URL
 */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { randomUUID } from "node:crypto";
import { LOOPBACK_ACCESS } from "../../src/access.ts";
import { buildApp } from "../../src/http/app.ts";
import { AppError } from "../../src/errors.ts";
import { createLog, type Log } from "../../src/log.ts";
import { createMetrics, type Metrics } from "../../src/metrics.ts";
import type { Message } from "../../src/message.ts";
import { Secrets } from "../../src/secrets.ts";
import { openMain } from "../../src/store/sqlite/connection.ts";
import { Indexer } from "../../src/store/sqlite/indexer.ts";
import { inTransaction } from "../../src/store/sqlite/transaction.ts";
import type { AppendResult, Store } from "../../src/store/store.ts";
import { createIngest, type Ingest, QUEUE_BOUNDS } from "../../src/webhook/ingest.ts";
import { parseMessage } from "../../src/webhook/parse.ts";
import { verify } from "../../src/webhook/verify.ts";

/** What the pool of most programs has. */
const POOL_CONNECTIONS = 10;

const [kind, databasePath] = process.argv.slice(2);
const secrets = [process.env["WEBHOOK_SECRET"] ?? ""];
const { log } = createLog("info");
const metrics = createMetrics();

if (kind === "bare") {
  const server = createServer(bareListener(log, metrics)).listen(0, "127.0.0.1", () => {
    announce((server.address() as AddressInfo).port);
  });
} else {
  const store = kind === "naive" ? naiveStore(databasePath ?? "") : storeThatAnswersAtOnce();
  const ingest = await ingestOf(kind ?? "", store);
  metrics.watchQueue(ingest.depth, QUEUE_BOUNDS);
  const app = await buildApp({
    store,
    ingest,
    secrets: new Secrets(secrets),
    access: LOOPBACK_ACCESS,
    trustedProxies: [],
    connectionsMax: 4_000,
    pagePath: "/",
    metrics,
    log,
    version: "bench",
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  announce((app.server.address() as AddressInfo).port);
}

/** Its package is loaded for PostgreSQL alone, as in the service. */
async function ingestOf(name: string, store: Store): Promise<Ingest> {
  if (!name.startsWith("naive-postgres")) return createIngest(store, metrics.countCommit);
  const { Pool } = await import("pg");
  const { naiveIngest } = await import("./naive-postgres.ts");
  const pool = new Pool({ connectionString: databasePath, max: POOL_CONNECTIONS });
  return naiveIngest(pool, name === "naive-postgres");
}

function announce(port: number): void {
  log.info({ url: `http://127.0.0.1:${port}` }, "listening");
}

function bareListener(out: Log, counts: Metrics): RequestListener {
  return (request, response) => {
    const started = performance.now();
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      verify(body, signedBy(request.headers["x-signature"]?.toString()), secrets, Date.now());
      const { message_id } = parseMessage(body);
      const requestId = randomUUID();
      response.writeHead(200, {
        "x-request-id": requestId,
        "content-type": "application/json; charset=utf-8",
        "content-length": 15,
      });
      response.end('{"status":"ok"}');
      const millis = performance.now() - started;
      counts.countWebhook("created");
      counts.countRequest("POST", "/webhook", 200, millis / 1000);
      out.info({
        request_id: requestId,
        method: "POST",
        path: "/webhook",
        status: 200,
        latency_ms: millis,
        message_id,
        dup: false,
        result: "created",
      });
    });
  };
}

function storeThatAnswersAtOnce(): Store {
  return { ...noReads(), append: (batch) => Promise.resolve(batch.map(() => "created" as const)) };
}

/** The same rows, indexes, counters and search as the service keeps, in a transaction with a sync for each message. */
function naiveStore(path: string): Store {
  const { database } = openMain(path);
  const indexer = new Indexer(database);
  const known = database.prepare("SELECT 1 FROM messages WHERE message_id = ?");
  const store = ({ message_id, from, to, ts, text }: Message): AppendResult => {
    if (known.get(message_id) !== undefined) return "duplicate";
    inTransaction(database, () => {
      indexer.insert([[message_id, from, to, ts, text]]);
      indexer.insertSearchable(1);
    });
    return "created";
  };
  return { ...noReads(), append: (batch) => Promise.resolve(batch.map(store)) };
}

function noReads(): Omit<Store, "append"> {
  const refuse = (): Promise<never> =>
    Promise.reject(new AppError("unavailable", "this server only takes messages"));
  return {
    find: refuse,
    get: refuse,
    stats: refuse,
    timeline: refuse,
    conflicts: refuse,
    arrivals: refuse,
    countArrivals: refuse,
    erase: refuse,
    ready: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function signedBy(signature: string | undefined): Parameters<typeof verify>[1] {
  return {
    signature,
    webhookId: undefined,
    webhookTimestamp: undefined,
    webhookSignature: undefined,
  };
}
