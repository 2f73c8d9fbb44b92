/** What `lyftr doctor` finds of a PostgreSQL server and the database. Nothing is written: the session is read-only. */
import { clockFinding } from "../../../clock-offset.ts";
import { fail, type Finding } from "../../../finding.ts";
import { shownUrl } from "../../../postgres-url.ts";
import type { Use } from "../connection.ts";
import { asAppError } from "../failure.ts";
import { Queries } from "../queries.ts";
import { Servers } from "../servers.ts";
import { connectionsFinding } from "./room.ts";
import { databaseFindings } from "./database.ts";
import { serverFindings } from "./server.ts";
import { tlsFinding } from "./encryption.ts";

/** Each question is about a setting, or about a table of a few rows. */
const STATEMENT_MS_MAX = 10_000;
const USE: Use = {
  name: "lyftr doctor",
  server: "primary",
  settings: { default_transaction_read_only: "on", statement_timeout: String(STATEMENT_MS_MAX) },
  answerMsMax: STATEMENT_MS_MAX,
};

interface Examined {
  readonly readConnections: number | undefined;
  readonly nowMs: () => number;
}

export async function* examinePostgres(
  url: string,
  { readConnections, nowMs }: Examined,
): AsyncGenerator<Finding> {
  const place = shownUrl(url);
  try {
    const client = await new Servers(url).connect(USE);
    try {
      const queries = new Queries(client);
      yield* serverFindings(queries, place);
      yield* databaseFindings(queries);
      yield* connectionsFinding(queries, readConnections);
      yield await tlsFinding(queries, url);
      yield await clock(queries, nowMs);
    } finally {
      await client.end().catch(() => undefined);
    }
  } catch (error) {
    const { message, reason } = asAppError(error);
    const advice = "see that the server runs, takes connections from here, and knows user and password";
    yield fail("PostgreSQL", `${place}: ${reason ?? message}`, advice);
  }
}

async function clock(queries: Queries, nowMs: () => number): Promise<Finding> {
  const before = nowMs();
  const row = await queries.row("SELECT extract(epoch FROM clock_timestamp()) * 1000 AS ms");
  const between = (before + nowMs()) / 2;
  return clockFinding("clock of the server", Number(row?.["ms"]) - between);
}
