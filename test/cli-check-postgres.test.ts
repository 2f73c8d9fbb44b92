/** `lyftr check` on PostgreSQL: a database that is exact is told so, with services and without, and nothing is written. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "pg";
import { INDEXES } from "../src/store/postgres/check/indexes.ts";
import { checkDatabase, makeCheckedDatabase } from "./support/checked-postgres.ts";
import { assertTellsBoth, differing, runCheckOf } from "./support/checked.ts";
import { request } from "./support/client.ts";
import { eventually } from "./support/eventually.ts";
import { createPostgresDatabase, type PostgresDatabase, startServerFor } from "./support/postgres.ts";
import { startProgram } from "./support/program.ts";
import { seededRandom } from "./support/random.ts";
import { Load } from "./support/sender.ts";
import { tempFolder } from "./support/temp.ts";
import { until } from "./support/until.ts";

test("a database of several scripts and hours is exact, counted or not, and is told by name without a password", async (t) => {
  const database = await makeCheckedDatabase(t);
  const { code, stdout, stderr } = await checkDatabase(t, database);
  assert.equal(code, 0, stdout + stderr);
  const lines = stdout.trimEnd().split("\n");
  assert.ok(lines.length > 12);
  for (const line of lines.slice(0, -1)) assert.match(line, /^ok {7}\S/);
  const { host, pathname } = new URL(database.url);
  assert.equal(lines.at(-1), `exact: postgres://${host}${pathname} passed ${lines.length - 1} checks`);
  const steps = stderr.trimEnd().split("\n");
  assert.equal(steps.length, lines.length - 1);
  assert.match(steps[1] ?? "", new RegExp(`^2/${steps.length} \\w`));
});

test("an inbox that holds nothing is exact", async (t) => {
  const database = await createPostgresDatabase(t);
  await (await database.open()).close();
  assert.deepEqual(differing(await checkDatabase(t, database)), []);
});

/** Makes a user with no right but to read, and returns the URL under its name. */
async function urlOfReader(database: PostgresDatabase, name: string): Promise<string> {
  await database.query(`CREATE ROLE ${name} LOGIN PASSWORD 'reads'`);
  await database.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${name}`);
  const url = new URL(database.url);
  [url.username, url.password] = [name, "reads"];
  return url.href;
}

test("the right to read is enough: nothing is written", async (t) => {
  const database = await makeCheckedDatabase(t);
  assert.deepEqual(differing(await checkDatabase(t, { url: await urlOfReader(database, "reader") })), []);
});

test("every B-tree of the schema is checked, and the search index", async (t) => {
  const database = await createPostgresDatabase(t);
  await (await database.open()).close();
  const rows = await database.query("SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'public'");
  // The last is of one row, and is read at every start.
  const known = [...INDEXES.map(({ name }) => name), "messages_by_letters", "lyftr_schema_pkey"];
  assert.deepEqual(rows.map(({ name }) => String(name)).toSorted(), known.toSorted());
});

test("few conflicts left of many do not make an index look as if it were missing", async (t) => {
  const database = await makeCheckedDatabase(t);
  // Then another index has fewer pages, and is worth a sort of what it finds.
  await database.query(`
    INSERT INTO conflicts
    SELECT message_id, sha256(number::text::bytea), first_hash, differs, number, number, 1
    FROM conflicts, generate_series(1, 6000) AS number`);
  await database.query("DELETE FROM conflicts WHERE last_ms > 10");
  await database.query("VACUUM ANALYZE conflicts");
  assert.deepEqual(differing(await checkDatabase(t, database)), []);
});

test("where amcheck is there, it looks at every index, unless this user may not", async (t) => {
  const database = await makeCheckedDatabase(t);
  await database.query("CREATE SCHEMA tools; CREATE EXTENSION amcheck SCHEMA tools");
  const finished = await checkDatabase(t, database);
  assert.deepEqual(differing(finished), []);
  assert.match(finished.stdout, /^ok {7}PostgreSQL's own check of its indexes \(amcheck\)$/m);
  const without = await checkDatabase(t, { url: await urlOfReader(database, "other") });
  assert.deepEqual(differing(without), []);
  assert.doesNotMatch(without.stdout, /amcheck/);
});

test("--json prints one object with every check", async (t) => {
  const database = await makeCheckedDatabase(t);
  await database.query("UPDATE totals SET messages = messages + 1; UPDATE party_hours SET sent = sent + 1");
  const { host, pathname } = new URL(database.url);
  assertTellsBoth(await checkDatabase(t, database, "--json"), `postgres://${host}${pathname}`);
});

test("while two processes run under load it is exact, nobody is turned away, and so after kill -9", async (t) => {
  const { url } = await createPostgresDatabase(t);
  const cwd = tempFolder(t);
  const start = () => startProgram(t, { cwd, env: { DATABASE_URL: url } });
  const [one, other] = [await start(), await start()];
  // Of the same ids, so that there are conflicts as well.
  const random = seededRandom(t, "CHECK_SEED");
  const loads = [new Load(random), new Load(random)] as const;
  const loading = [loads[0].run(one.url, 8), loads[1].run(other.url, 8)];
  await until("some messages are there", () => loads.every(({ acknowledged }) => acknowledged.size > 200));
  for (let times = 0; times < 3; times += 1) {
    const before = loads[0].acknowledged.size;
    const finished = await runCheckOf(url, cwd);
    assert.deepEqual(differing(finished), [], finished.stdout);
    assert.ok(loads[0].acknowledged.size > before, "messages were taken meanwhile");
  }
  assert.equal((await request(`${one.url}/health/ready`)).status, 200);
  await Promise.all([one.stop("SIGKILL"), other.stop("SIGKILL")]);
  await Promise.all(loading);
  assert.deepEqual(differing(await runCheckOf(url, cwd)), []);
});

test("a place that holds no inbox of this version is refused, in a sentence that says what to do", async (t) => {
  const database = await createPostgresDatabase(t);
  const assertRefused = async (told: RegExp): Promise<void> => {
    const { code, stdout, stderr } = await checkDatabase(t, database);
    assert.deepEqual([code, stdout], [2, ""], stderr);
    assert.match(stderr, /^lyftr: postgres:\/\/127\.0\.0\.1:\d+\/test_\d+ /);
    assert.match(stderr, told);
    assert.doesNotMatch(stderr, /only( |%20)for( |%20)tests|^\s+at /m);
  };
  await assertRefused(/holds no inbox: start the service/);
  assert.deepEqual(await database.query("SELECT FROM pg_class WHERE relname LIKE 'lyftr%'"), []);
  await (await database.open()).close();
  await database.query("UPDATE lyftr_schema SET version = 0");
  await assertRefused(/schema 0, which is older.*start the service/);
  await database.query("UPDATE lyftr_schema SET version = 999, works_with = 999");
  await assertRefused(/schema 999.*run a newer lyftr/);
  // A newer one that still works with this version can be checked by it.
  await database.query("UPDATE lyftr_schema SET works_with = 1");
  assert.deepEqual(differing(await checkDatabase(t, database)), []);
});

test("a server that is away, or lets nobody in, is told as such, without the password", async (t) => {
  const { url } = await createPostgresDatabase(t);
  const wrong = new URL(url);
  wrong.password = "guessed";
  for (const [place, told] of [
    [
      "postgres://user:guessed@127.0.0.1:1/inbox",
      /postgres:\/\/127\.0\.0\.1:1\/inbox cannot be read now: .*REFUSED/,
    ],
    [wrong.href, /cannot be read now: password authentication failed/],
    [url.replace(/test_\d+$/, "nowhere"), /database "nowhere" does not exist \(create the database/],
  ] as const) {
    const { code, stdout, stderr } = await checkDatabase(t, { url: place });
    assert.deepEqual([code, stdout], [3, ""], stderr);
    assert.match(stderr, told);
    assert.doesNotMatch(stderr, /guessed|^\s+at /m);
  }
});

test("a server that goes away amid a check leaves no verdict", async (t) => {
  const server = await startServerFor(t);
  const database = await createPostgresDatabase(t, server);
  await (await database.open()).close();
  const blocker = new Client({ connectionString: database.url });
  blocker.on("error", () => undefined);
  await blocker.connect();
  await blocker.query("BEGIN; LOCK TABLE periods");
  const checking = checkDatabase(t, database);
  await eventually("the check waits for the table", async () => {
    const waiting = "application_name = 'lyftr check' AND wait_event_type = 'Lock'";
    return (await database.query(`SELECT 1 FROM pg_stat_activity WHERE ${waiting}`))[0];
  });
  await server.stop("kill");
  const { code, stdout, stderr } = await checking;
  assert.equal(code, 3, stdout + stderr);
  assert.doesNotMatch(stdout, /exact:/);
  await server.start();
});
