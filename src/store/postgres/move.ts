/** The reads of MoveReader, on one connection that nothing else waits for. */
import type { Message, Position } from "../../message.ts";
import { shownUrl } from "../../postgres-url.ts";
import type { MoveReader, Range } from "../move.ts";
import { allOf, atOrAfter, before, behind, ORDER_BY } from "./conditions.ts";
import { conflictsBehind } from "./conflicts.ts";
import type { Use } from "./connection.ts";
import { Connections } from "./connections.ts";
import { asAppError } from "./failure.ts";
import { erasedAmong, erasedBehind, erasureKey } from "./erased-ids.ts";
import { Queries } from "./queries.ts";
import { MESSAGE_COLUMNS, messageOf } from "./row.ts";
import { requireInbox } from "./schema.ts";
import { Servers } from "./servers.ts";
import { SERVICES } from "./services.ts";
import { Tallies } from "./tallies.ts";

/** A statement reads some thousand rows through an index; on a server that is busy beyond this, one should not move. */
const STATEMENT_MS_MAX = 60_000;
/** Beyond the statement timeout, for a server that does not even answer that it stopped. */
const ANSWER_GRACE_MS = 2_000;
/** One runs, one is asked for ahead; more would be a fault. */
const CALLS_WAITING_MAX = 10;

const USE: Use = {
  name: "lyftr migrate",
  server: "primary",
  settings: { statement_timeout: String(STATEMENT_MS_MAX), jit: "off" },
  answerMsMax: STATEMENT_MS_MAX + ANSWER_GRACE_MS,
};

/** By when the server started, to the microsecond, and its number for the database: whoever may read may ask for both. */
const PLACE = `
  SELECT extract(epoch FROM pg_postmaster_start_time())::text || ' ' || oid AS place
  FROM pg_database WHERE datname = current_database()`;

/** Throws AppError `cannot_start` that says what to do, or `unavailable` when it cannot be read now. */
export async function openPostgresReader(url: string): Promise<MoveReader> {
  const servers = new Servers(url);
  const connections = new Connections(
    {
      connect: () => servers.connect(USE),
      isCurrent: (client) => servers.leadsToServing(client),
      gaveUp: () => servers.doubt(),
    },
    { size: 1, waitingMax: CALLS_WAITING_MAX },
  );
  const read = async <T>(ask: (queries: Queries) => Promise<T>): Promise<T> => {
    try {
      return await connections.use((client) => ask(new Queries(client)));
    } catch (error) {
      throw asAppError(error);
    }
  };
  try {
    await read((queries) => requireInbox(queries, shownUrl(url)));
  } catch (error) {
    await connections.close();
    throw error;
  }
  return {
    place: () => read(async (queries) => String((await queries.row(PLACE))?.["place"])),
    // What is acknowledged is committed, and every read sees it.
    settled: () => Promise.resolve(),
    isServed: () => read(async (queries) => (await queries.count(SERVICES)) > 0),
    periods: (width, { since, until }) =>
      read((queries) => new Tallies(queries, undefined).periods(width, since, until)),
    inOrder: (range, after, limit) => read((queries) => inOrder(queries, range, after, limit)),
    byIds: (ids) => read((queries) => byIds(queries, ids)),
    conflicts: (after, limit) => read((queries) => conflictsBehind(queries, after, limit)),
    erasureKey: () => read(async (queries) => String((await erasureKey(queries))?.toString("hex"))),
    erased: (after, limit) => read((queries) => erasedBehind(queries, after, limit)),
    erasedAmong: (ids) => read((queries) => erasedAmong(queries, ids)),
    forgottenDay: () => read((queries) => queries.count("SELECT day AS n FROM forgotten")),
    close: () => connections.close(),
  };
}

async function inOrder(
  queries: Queries,
  { since, until }: Range,
  after: Position | null,
  limit: number,
): Promise<readonly Message[]> {
  // One lower bound alone: of two, the index might be entered at the one that is farther away.
  const from = after === null ? atOrAfter({ seconds: since, nanos: 0 }) : behind(after, "asc");
  const { sql, values } = allOf(from, before({ seconds: until, nanos: 0 }));
  const rows = await queries.rows(
    `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE ${sql} ORDER BY ${ORDER_BY.asc} LIMIT $limit`,
    { ...values, limit },
  );
  return rows.map(messageOf);
}

async function byIds(queries: Queries, ids: readonly string[]): Promise<readonly Message[]> {
  const sql = `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE message_id = ANY($ids::text[])`;
  return (await queries.rows(sql, { ids })).map(messageOf);
}
