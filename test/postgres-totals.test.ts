/** Totals that are remembered: right after every arrival, wherever in time it lies, and counted again only where something arrived. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { Client } from "pg";
import { createRandom } from "../bench/ingest/load.ts";
import { createLoad, LARGEST_SENDER, recipientOf } from "../bench/read/load.ts";
import { Recount } from "../bench/read/recount.ts";
import { criteriaOf } from "../src/store/postgres/criteria.ts";
import { Queries } from "../src/store/postgres/queries.ts";
import { TotalsByServer } from "../src/store/postgres/totals-by-server.ts";
import { rememberedTotals, Totals } from "../src/store/postgres/totals.ts";
import { filterOf } from "./contract/places.ts";
import { createPostgresDatabase, type PostgresDatabase, startServerFor } from "./support/postgres.ts";
import { anySeed } from "./support/random.ts";

const MESSAGES = 3_000;
const ARRIVALS = 8;

const load = createLoad(MESSAGES);
const HALF_THE_TIME = { since: "2025-01-10T07:08:09.123Z", until: "2025-02-10T00:00:00Z" };
const FILTERS: readonly Readonly<Record<string, string>>[] = [
  { q: "parcel" },
  { q: "e" },
  { q: "nowhere" },
  { q: "parcel", ...HALF_THE_TIME },
  { q: "e", from: LARGEST_SENDER },
  { from: LARGEST_SENDER, to: recipientOf(3), ...HALF_THE_TIME },
];

async function connect(t: TestContext, { url }: Pick<PostgresDatabase, "url">): Promise<Client> {
  const client = new Client({ connectionString: url });
  // Its server may be stopped before it is ended.
  client.on("error", () => undefined);
  t.after(() => client.end());
  await client.connect();
  return client;
}

/** Null when nothing can match. */
async function countOf(
  filter: Readonly<Record<string, string>>,
  queries: Queries,
  totals: Totals,
): Promise<number> {
  return queries.inOneSnapshot(async () => {
    const criteria = await criteriaOf(filterOf(filter), queries);
    return criteria === null ? 0 : totals.count(criteria);
  });
}

test("a remembered total is right after every arrival", async (t) => {
  const seed = Number(process.env["SEARCH_SEED"] ?? anySeed());
  t.diagnostic(`SEARCH_SEED=${seed}`);
  const random = createRandom(seed);
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  const queries = new Queries(await connect(t, database));
  const totals = new Totals(queries, rememberedTotals());
  // Some arrivals are of all times, some of one day, some of one minute.
  const left = Array.from({ length: MESSAGES }, (_, serial) => serial);
  const there: number[] = [];
  for (let arrival = 0; arrival < ARRIVALS; arrival += 1) {
    const count = [left.length / 2, 50, 2][arrival % 3] ?? 1;
    const first = Math.floor(random() * (left.length - count));
    const arrived = arrival % 3 === 0 ? left.filter(() => random() < 0.5) : left.slice(first, first + count);
    there.push(...arrived);
    for (const serial of arrived) left.splice(left.indexOf(serial), 1);
    await store.append(arrived.map((serial) => load.message(serial)));
    const recount = new Recount({
      ...load,
      messages: there.length,
      message: (index) => load.message(there[index] ?? 0),
    });
    for (const filter of FILTERS) {
      const expected = recount.page(new URLSearchParams(filter)).total;
      assert.equal(await countOf(filter, queries, totals), expected, JSON.stringify({ arrival, filter }));
    }
  }
});

test("only what is about the time of an arrival is counted again", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  const queries = new Queries(await connect(t, database));
  const totals = new Totals(queries, rememberedTotals());
  const at = (id: string, ts: string) => ({ message_id: id, from: "+1", to: "+2", ts, text: "parcel" });
  const count = (): Promise<number> => countOf({ q: "parcel" }, queries, totals);
  await store.append([
    at("day", "2025-01-01T00:00:00Z"),
    at("hour", "2025-01-02T03:00:00Z"),
    at("minute", "2025-01-02T04:05:00Z"),
    at("same minute", "2025-01-02T04:06:00Z"),
  ]);
  assert.equal(await count(), 4);
  // Behind the engine's back, so that what is looked at again can be told from what is remembered.
  await database.query("UPDATE messages SET text = 'gone', folded = NULL, letters = 'gone'");
  assert.equal(await count(), 4);
  await store.append([at("a", "2025-01-02T04:06:01Z")]);
  assert.equal(await count(), 2, "another day is remembered");
  await database.query("UPDATE messages SET text = 'parcel', letters = 'parcel'");
  await store.append([at("b", "2025-01-02T04:06:02Z")]);
  assert.equal(await count(), 5, "another hour is remembered");
  await database.query("UPDATE messages SET text = 'gone', letters = 'gone'");
  await store.append([at("c", "2025-01-02T04:06:03Z")]);
  assert.equal(await count(), 3, "another minute is remembered");
});

test("what was remembered before an erasure is not, also where as many messages as were erased arrived", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  const queries = new Queries(await connect(t, database));
  const totals = new Totals(queries, rememberedTotals());
  const at = (id: string, text: string) => ({
    message_id: id,
    from: "+1",
    to: "+2",
    ts: "2025-01-01T00:00:00Z",
    text,
  });
  const count = (): Promise<number> => countOf({ q: "parcel" }, queries, totals);
  await store.append([at("a", "parcel"), at("b", "parcel")]);
  assert.equal(await count(), 2);
  await store.erase({ message_ids: ["a"] });
  await store.append([at("c", "another")]);
  assert.equal(await count(), 1);
});

test("what a server had is not remembered of the one that takes its place", async (t) => {
  const server = await startServerFor(t);
  const url = server.urlOf("postgres");
  const known = new TotalsByServer();
  const [first, second] = [await connect(t, { url }), await connect(t, { url })];
  await known.note(first);
  await known.note(second);
  assert.equal(known.of(first), known.of(second));
  await server.stop("fast");
  await server.start();
  const later = await connect(t, { url });
  await known.note(later);
  assert.notEqual(known.of(later), known.of(first));
});
