/**
 * Erases what matches, in small steps.
 *
 *   a chunk of ids ─▶ their hashes are known, COMMIT: whoever is asked to store one from now on does not
 *          └─▶ every append that began before has ended ─▶ a hundred at a time: messages, conflicts, figures, COMMIT (erase-step.ts)
 *   at last ─▶ nobody reads any more what is gone ─▶ VACUUM (remains.ts)
 *
 * Without the second step an append whose snapshot is older than the hashes could store a message again once the row that it would have
 * met is gone. When all of this ends midway, the hashes of some messages are known that are still stored: each arrival of such an id is
 * a duplicate, and erasing again goes on with them.
 */
import type { Client } from "pg";
import type { ErasureFilter, Position } from "../../message.ts";
import { storableProblem } from "../../storable.ts";
import { allOf, behind, type Condition, ORDER_BY, withinOf } from "./conditions.ts";
import { countUncounted } from "./counters.ts";
import { criteriaOf } from "./criteria.ts";
import { eraseStep, type Step } from "./erase-step.ts";
import { hashIn } from "./erased-ids.ts";
import { Queries } from "./queries.ts";
import { positionOf } from "./row.ts";
import { waitForWriters } from "./waits.ts";
import { withoutWarning } from "./warning.ts";
import { WORKS_WITH } from "./works-with.ts";

/** Ids made known at once: a wait for the appends that run costs some milliseconds, shared by as many. */
const CHUNK_MESSAGES = 1_000;
/**
 * Erased in one transaction: some 10 ms in which nothing is counted, and, with the whole pages that the server logs after a checkpoint,
 * as much of the write-ahead log as the commit of an append can wait behind.
 */
const STEP_MESSAGES = 100;
/** Of what a step took, so long is the pause behind it: most of the time the server is there for appends and reads alone. */
const PAUSE_SHARE = 3;

/** In one order everywhere, so that two who erase the same do not wait in a circle. */
const REMEMBER = `
  INSERT INTO erased (id_hash, day)
  SELECT DISTINCT ${hashIn("message_id")} AS id_hash, $2::integer FROM messages
  WHERE ${WORKS_WITH} <= $3::integer AND message_id = ANY ($1::text[]) ORDER BY id_hash
  ON CONFLICT (id_hash) DO UPDATE SET day = excluded.day WHERE erased.day < excluded.day`;

const POSITION = "ts_seconds, ts_nanos, message_id";

/** What erases, and how. */
export interface Eraser {
  /** On which nothing else is done. */
  readonly client: Client;
  /** The schema that the program knows. */
  readonly known: number;
  /** dayOf now. */
  readonly day: number;
  /** Told of each step that is done. */
  readonly onStep: (step: Step) => void;
  /** Asked before each step; throws to end it. */
  readonly mayGoOn: () => void;
  /** Asked behind each chunk, when nothing is begun: true to end there, with what is left left. */
  readonly givesWay: () => boolean;
}

/**
 * All that matches and is stored by now, up to the last of them: what arrives meanwhile and comes before that may be erased as well.
 */
export async function eraseMatching(filter: ErasureFilter, eraser: Eraser): Promise<void> {
  const queries = new Queries(eraser.client);
  let isLater = false;
  for await (const ids of chunksOf(filter, queries)) {
    // Whoever counts behind the appends seldom finds the lock free meanwhile.
    if (isLater) await countUncounted(eraser.client, eraser.known);
    await paced(eraser, () => makeKnown(ids, eraser, queries));
    await eraseEach(ids, eraser);
    if (eraser.givesWay()) return;
    isLater = true;
  }
}

/** The ids of what matches, none of them empty. */
async function* chunksOf(filter: ErasureFilter, queries: Queries): AsyncGenerator<readonly string[]> {
  const { message_ids, ...others } = filter;
  const criteria = await criteriaOf(others, queries);
  if (criteria === null) return;
  const within = withinOf(criteria);
  yield* message_ids === undefined ? inOrder(within, queries) : among(message_ids, within, queries);
}

async function* inOrder(matches: Condition, queries: Queries): AsyncGenerator<readonly string[]> {
  const last = await lastOf(matches, queries);
  if (last === null) return;
  let after: Position | null = null;
  for (;;) {
    const chunk: readonly Position[] = await chunkBehind(after, last, matches, queries);
    if (chunk.length > 0) yield chunk.map(({ message_id }) => message_id);
    after = chunk.at(-1) ?? null;
    if (after === null || chunk.length < CHUNK_MESSAGES) return;
  }
}

async function* among(
  named: readonly string[],
  within: Condition,
  queries: Queries,
): AsyncGenerator<readonly string[]> {
  const storable = named.filter((id) => storableProblem(id) === null);
  for (let first = 0; first < storable.length; first += CHUNK_MESSAGES) {
    const ids = storable.slice(first, first + CHUNK_MESSAGES);
    const { sql, values } = allOf({ sql: "message_id = ANY ($ids::text[])", values: { ids } }, within);
    const rows = await queries.rows(`SELECT message_id FROM messages WHERE ${sql}`, values);
    if (rows.length > 0) yield rows.map(({ message_id }) => String(message_id));
  }
}

async function eraseEach(ids: readonly string[], eraser: Eraser): Promise<void> {
  const { client, known } = eraser;
  for (let first = 0; first < ids.length; first += STEP_MESSAGES) {
    const step = ids.slice(first, first + STEP_MESSAGES);
    await paced(eraser, async () => {
      eraser.onStep(await withoutWarning(client, () => eraseStep(client, step, known)));
    });
  }
}

async function paced<T>(eraser: Eraser, step: () => Promise<T>): Promise<T> {
  eraser.mayGoOn();
  const begunMs = performance.now();
  const done = await step();
  const pauseMs = (performance.now() - begunMs) * PAUSE_SHARE;
  await new Promise((resolve) => {
    setTimeout(resolve, pauseMs);
  });
  return done;
}

/** From here on no append stores a message with one of these ids. */
async function makeKnown(ids: readonly string[], eraser: Eraser, queries: Queries): Promise<void> {
  await withoutWarning(eraser.client, () => eraser.client.query(REMEMBER, [ids, eraser.day, eraser.known]));
  await waitForWriters(queries);
}

async function lastOf({ sql, values }: Condition, queries: Queries): Promise<Position | null> {
  const row = await queries.row(
    `SELECT ${POSITION} FROM messages WHERE ${sql} ORDER BY ${ORDER_BY.desc} LIMIT 1`,
    values,
  );
  return row === undefined ? null : positionOf(row);
}

async function chunkBehind(
  after: Position | null,
  last: Position,
  matches: Condition,
  queries: Queries,
): Promise<Position[]> {
  const { sql, values } = allOf(matches, after && behind(after, "asc"), upTo(last));
  const rows = await queries.rows(
    `SELECT ${POSITION} FROM messages WHERE ${sql} ORDER BY ${ORDER_BY.asc} LIMIT $limit`,
    { ...values, limit: CHUNK_MESSAGES },
  );
  return rows.map(positionOf);
}

function upTo({ seconds, nanos, message_id }: Position): Condition {
  return {
    sql: `ts_seconds <= $last_seconds AND (ts_seconds, ts_nanos, message_id) <= ($last_seconds, $last_nanos, $last_id)`,
    values: { last_seconds: seconds, last_nanos: nanos, last_id: message_id },
  };
}
