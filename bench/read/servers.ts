import { copyFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TransferProgress } from "../../src/cli/transfer-progress.ts";
import { runBurst } from "../ingest/burst.ts";
import { Candidate } from "../ingest/candidate.ts";
import type { Engine } from "../ingest/candidates.ts";
import { signedRequest } from "../ingest/load.ts";
import { NODE_FLAGS, ServerProcess } from "../ingest/process.ts";
import { Client } from "./client.ts";
import type { Load } from "./load.ts";
import { listPath } from "./question.ts";

export const SECRET = "bench-secret";

const BATCH_MESSAGES = 20_000;
/** Of one batch: a server that takes longer is not one to measure. */
const BATCH_SECONDS_MAX = 600;

const PROGRAM = fileURLToPath(new URL("../../bin/lyftr.js", import.meta.url));
const PEER = fileURLToPath(new URL("peer.ts", import.meta.url));

/** The service on a file, or on a PostgreSQL server with that data folder. */
export async function startOn(engine: Engine, path: string): Promise<Candidate> {
  if (engine === "sqlite") return new Candidate([await startService(`sqlite:///${path}`)]);
  const { BenchPostgres } = await import("../postgres/server.ts");
  const server = await BenchPostgres.start(path);
  return new Candidate([await startService(server.url)], server);
}

/** What was not started yet, to be started twice without the one changing what the other reads. */
export async function copyOf(engine: Engine, from: string, to: string): Promise<void> {
  if (engine === "sqlite") return copyFileSync(from, to);
  const { copyData } = await import("../../test/support/postgres-server.ts");
  copyData(from, to);
}

/** As `npm start` runs it. */
function startService(databaseUrl: string): Promise<ServerProcess> {
  return ServerProcess.start([...NODE_FLAGS, PROGRAM, "serve"], {
    WEBHOOK_SECRET: SECRET,
    DATABASE_URL: databaseUrl,
    HOST: "127.0.0.1",
    PORT: "0",
    LOG_LEVEL: "info",
  });
}

export function startPeer(path: string): Promise<ServerProcess> {
  return ServerProcess.start([...NODE_FLAGS, PEER, path], {});
}

/** Sends the messages to a server of others that has none yet. Throws unless it holds as many in the end. */
export async function fillByWebhook({ port }: ServerProcess, load: Load): Promise<void> {
  const client = new Client(port);
  const total = async (): Promise<number> => {
    const { body } = await client.get(listPath({ limit: 1 }));
    return (JSON.parse(body) as { readonly total: number }).total;
  };
  const progress = new TransferProgress(process.stderr, "sending", () => performance.now());
  for (
    let serial = 0;
    serial < load.messages && (serial > 0 || (await total()) === 0);
    serial += BATCH_MESSAGES
  ) {
    const count = Math.min(BATCH_MESSAGES, load.messages - serial);
    const requests = Array.from({ length: count }, (_, index) =>
      signedRequest(load.message(serial + index), SECRET),
    );
    await runBurst({ ports: [port], connections: 64, seconds: BATCH_SECONDS_MAX }, requests);
    progress.show(serial + count, (serial + count) / load.messages);
  }
  progress.clear();
  const held = await total();
  client.close();
  if (held !== load.messages) throw new Error(`--peer-url: it holds ${held} messages, not ${load.messages}`);
}
