/** TLS to a real server, in every mode of libpq: what is encrypted, what is refused, and what the operator reads then. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { AppError } from "../src/errors.ts";
import { openPostgresStore } from "../src/store/postgres/store.ts";
import { keyOf, selfSigned, signedBy } from "./support/certificates.ts";
import { post } from "./support/client.ts";
import { eventually } from "./support/eventually.ts";
import { createPostgresDatabase, type PostgresDatabase, startServerFor } from "./support/postgres.ts";
import { admit, encryptionOf, serveTls } from "./support/postgres-tls.ts";
import { startProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { storeOptions } from "./support/store-options.ts";
import { tempFolder } from "./support/temp.ts";

const AUTHORITY = selfSigned("an authority");
const STRANGER = selfSigned("another authority");
/** Names the address that the tests' URLs name, and not `localhost`. */
const SERVER = signedBy(AUTHORITY, "server", ["127.0.0.1"]);
const SELF_SIGNED = selfSigned("itself", ["127.0.0.1"]);

/** What a store does: `tls` or `plain`, or why it could not be opened. */
async function openedWith(database: PostgresDatabase, url: string): Promise<string> {
  try {
    const store = await openPostgresStore(url, storeOptions());
    try {
      await store.append([sampleMessage()]);
      await store.stats();
      const { tls, plain } = await encryptionOf(database);
      assert.ok(tls === 0 || plain === 0, "all connections alike");
      return tls > 0 ? "tls" : "plain";
    } finally {
      await store.close();
    }
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === "cannot_start", String(error));
    assert.doesNotMatch(error.message, /only( |%20)for( |%20)tests|hunter2/);
    return error.message;
  }
}

/** Files that the URL's parameters may name. */
function filesIn(t: TestContext, files: Readonly<Record<string, string>>): (name: string) => string {
  const folder = tempFolder(t);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return (name) => encodeURIComponent(join(folder, name));
}

test("a server without TLS is refused by every mode that demands it, and by no other", async (t) => {
  const database = await createPostgresDatabase(t);
  const file = filesIn(t, { ca: AUTHORITY.certificate });
  for (const parameters of ["", "?sslmode=disable", "?sslmode=allow", "?sslmode=prefer"]) {
    assert.equal(await openedWith(database, database.url + parameters), "plain", parameters);
  }
  for (const parameters of [
    "?sslmode=require",
    "?ssl=true",
    `?sslmode=verify-ca&sslrootcert=${file("ca")}`,
    "?sslmode=verify-full",
  ]) {
    const said = await openedWith(database, database.url + parameters);
    assert.match(
      said,
      /does not support SSL connections \(sslmode in DATABASE_URL asks for TLS\)$/,
      parameters,
    );
  }
});

test("what each mode asks of a server's certificate", async (t) => {
  const database = await createPostgresDatabase(t, await startServerFor(t));
  const file = filesIn(t, {
    ca: AUTHORITY.certificate,
    other: STRANGER.certificate,
    both: STRANGER.certificate + AUTHORITY.certificate,
    self: SELF_SIGNED.certificate,
  });
  const byAddress = database.url;
  const byName = database.url.replace("127.0.0.1", "localhost");
  const notTrusted = /not of the authority that is trusted: check sslrootcert/;
  const otherName = /localhost.*sslmode=verify-full demands a certificate that names the host/;

  await serveTls(database, SERVER);
  for (const [url, parameters, expected] of [
    [byAddress, "", /^tls$/],
    [byAddress, "?sslmode=disable", /^plain$/],
    [byAddress, "?sslmode=allow", /^plain$/],
    [byAddress, "?sslmode=prefer", /^tls$/],
    [byAddress, "?sslmode=require", /^tls$/],
    [byAddress, "?ssl=true&uselibpqcompat=true", /^tls$/],
    [byAddress, "?sslmode=require&sslnegotiation=direct", /^tls$/],
    [byAddress, `?sslmode=require&sslrootcert=${file("ca")}`, /^tls$/],
    [byAddress, `?sslmode=require&sslrootcert=${file("other")}`, notTrusted],
    [byAddress, `?sslmode=verify-ca&sslrootcert=${file("ca")}`, /^tls$/],
    [byAddress, `?sslmode=verify-ca&sslrootcert=${file("both")}`, /^tls$/],
    [byAddress, `?sslmode=verify-ca&sslrootcert=${file("other")}`, notTrusted],
    [byAddress, `?sslmode=verify-full&sslrootcert=${file("ca")}`, /^tls$/],
    [byAddress, `?sslmode=verify-full&sslrootcert=${file("other")}`, notTrusted],
    [byAddress, "?sslmode=verify-full", notTrusted],
    [byAddress, "?sslrootcert=system", notTrusted],
    [byName, `?sslmode=require&sslrootcert=${file("ca")}`, /^tls$/],
    [byName, `?sslmode=verify-ca&sslrootcert=${file("ca")}`, /^tls$/],
    [byName, `?sslmode=verify-full&sslrootcert=${file("ca")}`, otherName],
  ] as const) {
    assert.match(await openedWith(database, url + parameters), expected, parameters);
  }

  await serveTls(database, SELF_SIGNED);
  for (const [parameters, expected] of [
    ["?sslmode=require", /^tls$/],
    ["?sslmode=verify-full", notTrusted],
    [`?sslmode=verify-ca&sslrootcert=${file("ca")}`, notTrusted],
    [`?sslmode=verify-full&sslrootcert=${file("self")}`, /^tls$/],
  ] as const) {
    assert.match(await openedWith(database, byAddress + parameters), expected, parameters);
  }
});

test("who is let in with TLS alone, or without it alone, comes as the server asks where the mode allows it", async (t) => {
  const database = await createPostgresDatabase(t, await startServerFor(t));
  await serveTls(database, SERVER);
  const as = (user: string): string => database.url.replace(/\/\/[^@]*@/, `//${user}:hunter2@`);
  for (const user of ["encrypted", "bare"]) {
    await database.query(`CREATE ROLE ${user} SUPERUSER LOGIN PASSWORD 'hunter2'`);
  }
  await admit(database, ["hostssl all encrypted samehost password", "hostnossl all bare samehost password"]);
  assert.equal(await openedWith(database, `${as("encrypted")}?sslmode=allow`), "tls");
  assert.match(await openedWith(database, `${as("encrypted")}?sslmode=disable`), /no pg_hba.conf entry/);
  assert.equal(await openedWith(database, `${as("bare")}?sslmode=prefer`), "plain");
  assert.match(await openedWith(database, `${as("bare")}?sslmode=require`), /no pg_hba.conf entry/);
  assert.match(await openedWith(database, `${as("nobody")}?sslmode=prefer`), /no pg_hba.*; no pg_hba/);
});

test("a client is known by its certificate", async (t) => {
  const database = await createPostgresDatabase(t, await startServerFor(t));
  await serveTls(database, SERVER, AUTHORITY);
  await database.query("CREATE ROLE carrier SUPERUSER LOGIN");
  await admit(database, ["hostssl all carrier samehost cert"]);
  const own = signedBy(AUTHORITY, "carrier");
  const forged = signedBy(STRANGER, "carrier");
  const file = filesIn(t, {
    crt: own.certificate,
    key: keyOf(own),
    locked: keyOf(own, "hunter2"),
    "other.crt": forged.certificate,
    "other.key": keyOf(forged),
    empty: "",
  });
  const url = `${database.url.replace(/\/\/[^@]*@/, "//carrier@")}?sslmode=require`;
  for (const [parameters, expected] of [
    ["", /requires a valid client certificate/],
    [`&sslcert=${file("crt")}&sslkey=${file("key")}`, /^tls$/],
    [`&sslcert=${file("crt")}&sslkey=${file("locked")}&sslpassword=hunter2`, /^tls$/],
    [
      `&sslcert=${file("crt")}&sslkey=${file("locked")}&sslpassword=other`,
      /crt, .*locked cannot be used for TLS/,
    ],
    [`&sslcert=${file("crt")}&sslkey=${file("locked")}`, /locked cannot be used for TLS/],
    [`&sslcert=${file("crt")}&sslkey=${file("other.key")}`, /other\.key cannot be used for TLS/],
    [`&sslcert=${file("other.crt")}&sslkey=${file("other.key")}`, /unknown ca/],
    [`&sslcert=${file("crt")}&sslkey=${file("missing")}`, /sslkey cannot be read: ENOENT.*missing/],
    [`&sslrootcert=${file("nowhere")}`, /sslrootcert cannot be read: ENOENT.*nowhere/],
    [`&sslrootcert=${file("empty")}`, /empty cannot be used for TLS/],
  ] as const) {
    assert.match(await openedWith(database, url + parameters), expected, parameters);
  }
});

test("a server that shows another certificate under a running service gets no message, and the log says why", async (t) => {
  const database = await createPostgresDatabase(t, await startServerFor(t));
  await serveTls(database, SERVER);
  const cwd = tempFolder(t);
  writeFileSync(join(cwd, "ca.pem"), AUTHORITY.certificate);
  const env = { DATABASE_URL: database.url, PGSSLMODE: "verify-full", PGSSLROOTCERT: "ca.pem" };
  const program = await startProgram(t, { cwd, env });
  assert.equal((await post(program.url, sampleMessage())).status, 200);
  assert.equal((await encryptionOf(database)).plain, 0);

  await serveTls(database, SELF_SIGNED);
  await database.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'lyftr%'",
  );
  await eventually("messages are refused for it, in the log's words", async () => {
    const { status } = await post(program.url, sampleMessage({ message_id: "m2" }));
    assert.equal(status, 503);
    return /"reason":"[^"]*check sslrootcert in DATABASE_URL/.test(program.stdout()) || undefined;
  });
  await serveTls(database, SERVER);
  await eventually("messages are taken again", async () =>
    (await post(program.url, sampleMessage({ message_id: "m3" }))).status === 200 ? true : undefined,
  );
  assert.equal(await program.stop("SIGTERM"), 0);
  assert.doesNotMatch(program.stderr(), /Warning|deprecat/i);
});
