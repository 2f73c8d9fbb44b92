/** Erases messages from the main file, in steps of one transaction each: after every step all that is kept is exact. */
import type { DatabaseSync } from "node:sqlite";
import type { Erased, ErasureFilter } from "../../message.ts";
import { erasedIdHash } from "../erased-id.ts";
import { dayOf } from "../retention.ts";
import { allOf, arrived, type Condition, indexOf, withinOf } from "./conditions.ts";
import { Counters } from "./counters.ts";
import { criteriaOf } from "./criteria.ts";
import { ErasedIds } from "./erased-ids.ts";
import { setOverwritingFreed } from "./free-space.ts";
import { Queries } from "./queries.ts";
import { type Columns, positionOf } from "./row.ts";
import { SearchErasure } from "./search-erasure.ts";
import type { Searchable } from "./searchable.ts";
import { inTransaction } from "./transaction.ts";

/**
 * A step ends after the message with which it has taken so long: what waits for the indexer waits for it, and the sync of an
 * acknowledgement for that of what it wrote. Of steps of 15 ms the 99th percentile at 500 messages a second was 21 ms, of 3 ms it was 16.
 */
const STEP_MS = 4;
/** However quick. */
const STEP_MESSAGES = 500;

/** What matches. */
interface Share {
  readonly from: string;
  readonly where: Condition;
  /** Of which messages, where they are named. */
  readonly ids: readonly string[] | undefined;
}

export interface ErasureStep extends Erased {
  /** Nothing that matches is left, and nothing of what was erased in any table. */
  readonly isDone: boolean;
}

/** One erasure. When a step throws, a new one goes on. */
export class Eraser {
  readonly #database: DatabaseSync;
  readonly #queries: Queries;
  readonly #counters: Counters;
  readonly #search: SearchErasure;
  readonly #share: Share | null;
  readonly #key: Uint8Array;
  readonly #day: number;
  readonly #statements;
  #isAllGone = false;
  /** Named ids of which nothing is left. */
  #passed = 0;

  /** Of the messages that are in the file now; without a filter's other members `until` alone will do. */
  constructor(database: DatabaseSync, searchable: Searchable, filter: ErasureFilter, nowMs: number) {
    this.#database = database;
    this.#queries = new Queries(database);
    this.#counters = new Counters(database);
    this.#search = new SearchErasure(database, searchable);
    this.#share = shareOf(filter, this.#queries);
    this.#key = new ErasedIds(database).key();
    this.#day = dayOf(nowMs);
    this.#statements = {
      message: database.prepare("DELETE FROM messages WHERE id = ?"),
      conflicts: database.prepare("DELETE FROM conflicts WHERE message_id = ?"),
      know: database.prepare(
        "INSERT INTO erased VALUES (?, ?) ON CONFLICT (id_hash) DO UPDATE SET day = excluded.day",
      ),
      count: database.prepare("UPDATE watermark SET erasures = erasures + 1"),
    };
  }

  step(): ErasureStep {
    const erased = { messages: 0, conflicts: 0, isDone: false };
    setOverwritingFreed(this.#database, true);
    try {
      inTransaction(this.#database, () => {
        const isFinishing = this.#isAllGone;
        if (isFinishing) erased.isDone = this.#search.finish();
        else Object.assign(erased, this.#eraseSome());
        const changed = isFinishing ? !erased.isDone : erased.messages > 0;
        if (changed) this.#statements.count.run();
      });
    } finally {
      setOverwritingFreed(this.#database, false);
    }
    return erased;
  }

  #eraseSome(): Erased {
    const rows = this.#next();
    if (rows.length === 0) this.#isAllGone = this.#passNamed();
    const end = performance.now() + STEP_MS;
    const gone: Columns[] = [];
    let conflicts = 0;
    for (const row of rows) {
      conflicts += this.#erase(row);
      gone.push(row);
      if (performance.now() > end) break;
    }
    const counted = gone.map((row) => ({
      from: String(row["sender_name"]),
      to: String(row["recipient_name"]),
      instant: positionOf(row),
    }));
    if (counted.length > 0) this.#counters.subtract(counted);
    return { messages: gone.length, conflicts };
  }

  /** Goes on to the next of the named ids; true when there are none. */
  #passNamed(): boolean {
    this.#passed += STEP_MESSAGES;
    return this.#passed >= (this.#share?.ids?.length ?? 0);
  }

  /** In any order: what a step has erased, the next does not find. */
  #next(): Columns[] {
    if (this.#share === null) return [];
    const { from, ids } = this.#share;
    const named = ids === undefined ? null : isAmong(ids.slice(this.#passed, this.#passed + STEP_MESSAGES));
    const where = allOf(named, this.#share.where);
    return this.#queries.rows(
      `SELECT messages.id AS id, message_id, ts_seconds, ts_nanos,
         (SELECT name FROM parties WHERE id = sender) AS sender_name,
         (SELECT name FROM parties WHERE id = recipient) AS recipient_name
       FROM ${from} WHERE ${where.sql} LIMIT $count`,
      { ...where.values, count: STEP_MESSAGES },
    );
  }

  /** Returns how many records of conflicts went with it. */
  #erase({ id, message_id }: Columns): number {
    this.#search.take(Number(id));
    this.#statements.message.run(Number(id));
    this.#statements.know.run(erasedIdHash(this.#key, String(message_id)), this.#day);
    return Number(this.#statements.conflicts.run(String(message_id)).changes);
  }
}

/** Null when nothing can match. */
function shareOf(filter: ErasureFilter, queries: Queries): Share | null {
  const criteria = criteriaOf(filter, queries);
  if (criteria === null) return null;
  const there = arrived(0, queries.count("SELECT last_given AS n FROM watermark"));
  const { message_ids: ids } = filter;
  const index = ids === undefined ? indexOf(criteria) : "sqlite_autoindex_messages_1";
  return { from: `messages INDEXED BY ${index}`, where: allOf(withinOf(criteria), there), ids };
}

function isAmong(ids: readonly string[]): Condition {
  return {
    sql: "message_id IN (SELECT value FROM json_each($ids))",
    values: { ids: JSON.stringify(ids) },
  };
}
