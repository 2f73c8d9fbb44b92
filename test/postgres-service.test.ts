/** The service on PostgreSQL as its operator meets it: processes of their own, their logs and their figures. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { post, request } from "./support/client.ts";
import { figures, webhookResults } from "./support/figures.ts";
import { createPostgresDatabase } from "./support/postgres.ts";
import { startProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";

test("two processes started at once on one database share its messages, and never show the password", async (t) => {
  const { url } = await createPostgresDatabase(t);
  const cwd = tempFolder(t);
  const env = { DATABASE_URL: url, DATABASE_READ_CONNECTIONS: "3" };
  const programs = await Promise.all([1, 2].map(() => startProgram(t, { cwd, env })));
  const sent = Array.from({ length: 40 }, (_, index) => sampleMessage({ message_id: `m${10 + index}` }));
  const answers = await Promise.all(
    sent.flatMap((message) => programs.map((program) => post(program.url, message))),
  );
  for (const answer of answers) assert.equal(answer.status, 200, answer.text);
  const results = await Promise.all(programs.map((program) => webhookResults(program.url)));
  assert.equal(results[0]?.created ?? 0, 40 - (results[1]?.created ?? 0));
  for (const program of programs) {
    const { json } = await request(`${program.url}/messages?limit=100`);
    assert.deepEqual(json, { data: sent, total: 40, limit: 100, offset: 0 });
    const shown = await figures(program.url);
    assert.ok((shown.get('database_connections{use="append"}') ?? 0) >= 1);
    assert.equal(shown.get('database_calls_waiting{use="read"}'), 0);
    for (const [use, connections, calls] of [
      ["append", 2, 100],
      ["read", 3, 1_000],
      ["upkeep", 1, 2],
    ] as const) {
      assert.equal(shown.get(`database_connections_max{use="${use}"}`), connections);
      assert.equal(shown.get(`database_calls_waiting_max{use="${use}"}`), calls);
      for (const reason of ["crowded", "unconnected"]) {
        assert.equal(shown.get(`database_calls_refused_total{use="${use}",reason="${reason}"}`), 0);
      }
    }
    assert.equal(await program.stop("SIGTERM"), 0);
    const place = url.replace(/\/\/[^@]*@/, "//");
    assert.ok(program.stderr().includes(place) && program.stdout().includes(place), program.stderr());
    assert.doesNotMatch(program.stdout() + program.stderr(), /only( |%20)for( |%20)tests/);
  }
});
