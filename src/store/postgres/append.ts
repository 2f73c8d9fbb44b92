/**
 * Stores a batch and says what became of each message.
 *
 *   INSERT … ON CONFLICT (message_id) DO NOTHING ─▶ those created, with what has to be counted of them: one statement, one transaction
 *          └─ some were known ─▶ what is stored under their ids ─▶ duplicate, or conflict, which is kept
 *
 * Exact across processes: the unique key of message_id decides, and whoever meets an id that another transaction is about to
 * store waits for its end. What is found under an id is committed, so it never changes. It may be erased: the id of an erased message
 * is known as such before its row goes, and whoever does not know of it is waited for (erasing.ts).
 */
import type { Client } from "pg";
import type { Message } from "../../message.ts";
import { contentHash, differingMembers } from "../content.ts";
import type { AppendResult } from "../store.ts";
import { arraysOf, inOrderOfIds } from "./batch.ts";
import { isNotErased } from "./erased-ids.ts";
import { Queries } from "./queries.ts";
import { MESSAGE_COLUMNS, messageOf } from "./row.ts";
import { requireWorksWith, WORKS_WITH } from "./works-with.ts";

/**
 * A batch of known ids alone writes nothing, so its end would wait for nobody. But what it found may be on this server alone: a
 * primary that was killed while it waited for its synchronous standby shows such a transaction after its recovery. The empty
 * message in the write-ahead log has to reach the standby too, and what was found lies before it.
 * Nothing is stored in a schema that this program no longer works with: a newer one may be running already.
 */
const INSERT = `
  WITH sent AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::integer[], $6::smallint[],
      $7::text[], $8::text[], $9::text[])
      AS sent (message_id, sender, recipient, ts_seconds, ts_nanos, ts_digits, text, folded, letters)
    WHERE ${WORKS_WITH} <= $10::integer AND ${isNotErased("message_id")}
  ), created AS (
    INSERT INTO messages (message_id, sender, recipient, ts_seconds, ts_nanos, ts_digits, text, folded, letters)
    SELECT * FROM sent ON CONFLICT (message_id) DO NOTHING RETURNING message_id, ts_seconds, sender, recipient
  ), counted AS (
    INSERT INTO uncounted (ts_seconds, sender, recipient) SELECT ts_seconds, sender, recipient FROM created
  )
  SELECT ${WORKS_WITH} AS works_with, count(*)::integer AS created,
    CASE WHEN count(*) < cardinality($1::text[]) THEN array_agg(message_id) END AS ids,
    CASE WHEN count(*) < cardinality($1::text[]) THEN
      ARRAY(SELECT id FROM unnest($1::text[]) AS id WHERE NOT ${isNotErased("id")}) END AS erased,
    CASE WHEN count(*) = 0 THEN pg_logical_emit_message(TRUE, 'lyftr', '') END AS barrier
  FROM created`;

const STORED = `
  SELECT ${MESSAGE_COLUMNS}, message_id IS NULL AND NOT ${isNotErased("id")} AS erased
  FROM unnest($ids::text[]) AS id LEFT JOIN messages ON message_id = id`;

/** What is known of a conflict goes with the message: none is kept of one that was erased meanwhile. */
const KEEP_CONFLICTS = `
  INSERT INTO conflicts (message_id, later_hash, first_hash, differs, first_ms, last_ms, times)
  SELECT id, decode(later, 'hex'), decode(first, 'hex'), differs, at_ms, at_ms, times
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
    AS met (id, later, first, differs, at_ms, times)
  WHERE ${isNotErased("id")}
  ON CONFLICT (message_id, later_hash) DO UPDATE
  SET last_ms = greatest(conflicts.last_ms, excluded.last_ms), times = conflicts.times + excluded.times`;

interface Inserted {
  readonly works_with: number;
  readonly created: number;
  /** Of those created; null when all were. */
  readonly ids: readonly string[] | null;
  /** Those of erased messages; null when all were created. */
  readonly erased: readonly string[] | null;
}

/** What the insert made of the ids: those that are neither were known. */
interface Told {
  readonly created: ReadonlySet<string>;
  readonly erased: ReadonlySet<string>;
}

interface Conflict {
  readonly messageId: string;
  /** SHA-256 of the contents in hex (store/content.ts). */
  readonly later: string;
  readonly first: string;
  readonly differs: string;
  times: number;
}

/** Store.append for messages that can be stored, by a program that knows the schema `known`. Rejects with what the server or the connection said. */
export async function appendBatch(
  client: Client,
  batch: readonly Message[],
  nowMs: number,
  known: number,
): Promise<readonly AppendResult[]> {
  const firsts = firstOfEachId(batch);
  const { created, erased } = await insert(client, inOrderOfIds([...firsts.values()]), known);
  if (created.size === batch.length) return batch.map(() => "created");
  const stored = await storedUnder(
    client,
    [...firsts.keys()].filter((id) => !created.has(id) && !erased.has(id)),
  );
  const conflicts = new Map<string, Conflict>();
  const told = new Set<string>();
  const results = batch.map((message): AppendResult => {
    const id = message.message_id;
    if (created.has(id) && !told.has(id)) {
      told.add(id);
      return "created";
    }
    const first = created.has(id) ? firsts.get(id) : stored.get(id);
    // Erased, before it was sent or right after it was met.
    if (first === undefined) return "duplicate";
    const differs = differingMembers(first, message);
    if (differs.length === 0) return "duplicate";
    gather(conflicts, first, message, differs);
    return "conflict";
  });
  if (conflicts.size > 0) await keep(client, [...conflicts.values()], nowMs);
  return results;
}

/** Of one id many times, the first. */
function firstOfEachId(batch: readonly Message[]): Map<string, Message> {
  const firsts = new Map<string, Message>();
  for (const message of batch) if (!firsts.has(message.message_id)) firsts.set(message.message_id, message);
  return firsts;
}

async function insert(client: Client, messages: readonly Message[], known: number): Promise<Told> {
  // Named, so that it is parsed and planned once for each connection.
  const { rows } = await client.query<Inserted>({
    name: "insert",
    text: INSERT,
    values: [...arraysOf(messages), known],
  });
  const [inserted] = rows;
  requireWorksWith(inserted?.works_with, known);
  const isAllNew = inserted?.created === messages.length;
  return {
    created: new Set(isAllNew ? messages.map(({ message_id }) => message_id) : inserted?.ids),
    erased: new Set(inserted?.erased),
  };
}

/**
 * What is stored under the ids, but for those that were erased meanwhile. A statement of its own, since the one that met them does not
 * see what it waited for.
 */
async function storedUnder(client: Client, ids: readonly string[]): Promise<ReadonlyMap<string, Message>> {
  if (ids.length === 0) return new Map();
  const rows = await new Queries(client).rows(STORED, { ids });
  const stored = new Map<string, Message>();
  for (const row of rows) {
    if (row["message_id"] !== null) {
      const message = messageOf(row);
      stored.set(message.message_id, message);
    } else if (row["erased"] !== true) {
      throw new Error("a message that was stored cannot be found under its id");
    }
  }
  return stored;
}

function gather(
  conflicts: Map<string, Conflict>,
  first: Message,
  message: Message,
  differs: readonly string[],
): void {
  const later = contentHash(message).toString("hex");
  const key = `${later}${message.message_id}`;
  const met = conflicts.get(key);
  if (met !== undefined) met.times += 1;
  else {
    conflicts.set(key, {
      messageId: message.message_id,
      later,
      first: contentHash(first).toString("hex"),
      differs: differs.join(","),
      times: 1,
    });
  }
}

/** In one order everywhere, for the same reason as the messages (batch.ts). */
async function keep(client: Client, conflicts: readonly Conflict[], nowMs: number): Promise<void> {
  const keyOf = ({ messageId, later }: Conflict): string => `${later}${messageId}`;
  const sorted = conflicts.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  await client.query(KEEP_CONFLICTS, [
    sorted.map(({ messageId }) => messageId),
    sorted.map(({ later }) => later),
    sorted.map(({ first }) => first),
    sorted.map(({ differs }) => differs),
    sorted.map(() => nowMs),
    sorted.map(({ times }) => times),
  ]);
}
