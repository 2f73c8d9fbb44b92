/** `lyftr doctor` of PostgreSQL: a server that is well, and what makes a promise hollow or a start fail. */
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { readSchema } from "../src/store/postgres/schema.ts";
import { assertFound, type Diagnosis, runDoctor } from "./support/doctor.ts";
import { createPostgresDatabase, type PostgresDatabase, startServerFor } from "./support/postgres.ts";
import { startPostgresServer } from "./support/postgres-server.ts";
import { startProgram } from "./support/program.ts";
import { post } from "./support/client.ts";
import { sampleMessage } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";

const KNOWN = readSchema().version;

function diagnose(
  t: TestContext,
  url: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Diagnosis> {
  return runDoctor(t, { DATABASE_URL: url, ...env });
}

/** The same database under another user. */
function urlAs({ url }: PostgresDatabase, user: string, password: string): string {
  const other = new URL(url);
  [other.username, other.password] = [user, password];
  return other.href;
}

test("a database that is empty, or beside a service that runs on it, is well; no password is shown, nothing is written", async (t) => {
  const database = await createPostgresDatabase(t);
  const empty = await diagnose(t, database.url);
  assert.equal(empty.code, 0, empty.stdout);
  assertFound(empty, "PostgreSQL", "ok", /is a primary of version \d+/);
  assertFound(empty, "schema", "ok", /makes its tables/);
  assertFound(empty, "extension pg_trgm", "ok", /creates it/);
  assert.deepEqual(await database.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"), []);

  const cwd = tempFolder(t);
  const program = await startProgram(t, { cwd, env: { DATABASE_URL: database.url } });
  await post(program.url, sampleMessage());
  const beside = await diagnose(t, database.url, { PORT: new URL(program.url).port });
  assert.equal(beside.code, 0, beside.stdout);
  for (const [subject, words] of [
    ["encoding", /UTF8/],
    ["fsync", /on/],
    ["full_page_writes", /on/],
    ["synchronous_commit", /^on/],
    ["standbys", /no standby/],
    ["extension pg_trgm", /^1\./],
    ["schema", new RegExp(`^${KNOWN}$`)],
    ["counters", /^\d+ messages? stored and not counted yet/],
    ["connections", /[1-9]\d* of them by lyftr here; a process takes up to 7/],
    ["TLS to the database", /on this machine/],
    ["clock of the server", / s /],
    ["running service", /is ready/],
  ] as const) {
    assertFound(beside, subject, "ok", words);
  }
  const password = decodeURIComponent(new URL(database.url).password);
  assert.ok(!beside.stdout.includes(password) && !beside.stdout.includes(encodeURIComponent(password)));
});

test("a server that does not sync, has few connections, or waits for a standby that is not there", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "lyftr-postgres-"));
  const server = await startPostgresServer(folder, {
    fsync: "off",
    full_page_writes: "off",
    synchronous_commit: "off",
    max_connections: "9",
    max_wal_senders: "0",
    synchronous_standby_names: "nobody",
  });
  t.after(() => server.stop("end"));
  const diagnosis = await diagnose(t, server.urlOf("postgres"));
  assertFound(diagnosis, "fsync", "fail", /set fsync = on/);
  assertFound(diagnosis, "full_page_writes", "fail");
  assertFound(diagnosis, "synchronous_commit", "ok", /on for lyftr; off for others/);
  assertFound(diagnosis, "standbys", "fail", /nobody, and none is there/);
  assertFound(diagnosis, "connections", "fail", /\d are left/);
});

test("a database in another encoding, a user without rights, and one that the server does not know", async (t) => {
  const ascii = await createPostgresDatabase(
    t,
    undefined,
    "TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'",
  );
  assertFound(await diagnose(t, ascii.url), "encoding", "fail", /SQL_ASCII.*UTF8/);

  const database = await createPostgresDatabase(t);
  await database.query("CREATE ROLE doctor LOGIN PASSWORD 'looks'");
  const poor = await diagnose(t, urlAs(database, "doctor", "looks"));
  assertFound(poor, "extension pg_trgm", "fail", /administrator/);
  assertFound(poor, "schema", "fail", /may not make tables/);
  const wrong = await diagnose(t, urlAs(database, "doctor", "s3cret"));
  assertFound(wrong, "PostgreSQL", "fail", /password/);
  assert.ok(!wrong.stdout.includes("s3cret"));
  assertFound(await diagnose(t, `${database.url}_not`), "PostgreSQL", "fail", /does not exist/);
});

test("a schema that is older is told, one that left this program behind fails; so do counters that nobody counts", async (t) => {
  const database = await createPostgresDatabase(t);
  await (await database.open()).close();
  await database.query("UPDATE lyftr_schema SET version = 1");
  assertFound(
    await diagnose(t, database.url),
    "schema",
    "ok",
    new RegExp(`^1; the next start brings it to ${KNOWN}`),
  );
  await database.query("UPDATE lyftr_schema SET version = 999");
  assertFound(await diagnose(t, database.url), "schema", "ok", /^999$/);
  await database.query("INSERT INTO uncounted SELECT 0, '+1', '+2' FROM generate_series(1, 100000)");
  assertFound(await diagnose(t, database.url), "counters", "warn", /^100000 messages/);
  await database.query("UPDATE lyftr_schema SET works_with = 999");
  assertFound(await diagnose(t, database.url), "schema", "fail", /run a newer lyftr/);
});

test("a server that is away fails with what was said, and one that is left too few connections for another is told", async (t) => {
  const server = await startServerFor(t);
  const database = await createPostgresDatabase(t, server);
  const store = await database.open();
  await store.append([sampleMessage()]);
  assertFound(
    await diagnose(t, database.url, { DATABASE_READ_CONNECTIONS: "100" }),
    "connections",
    "warn",
    /another/,
  );
  await store.close();
  await server.stop("fast");
  const away = await diagnose(t, database.url);
  assert.equal(away.code, 1);
  assertFound(away, "PostgreSQL", "fail", /ECONNREFUSED.*server runs/);
});
