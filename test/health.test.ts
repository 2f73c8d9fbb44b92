import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { request } from "./support/client.ts";
import { startTestService } from "./support/service.ts";

test("a running process is live, and one that can take messages is ready", async (t) => {
  const { url } = await startTestService(t);
  for (const [path, status] of [
    ["live", "live"],
    ["ready", "ready"],
  ]) {
    const answer = await request(`${url}/health/${path}`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
    assert.equal(answer.text, `{"status":"${status}"}`);
  }
});

test("without a secret the service is live and not ready, and says why", async (t) => {
  for (const secrets of [[], [""]]) {
    const { url } = await startTestService(t, { secrets });
    assert.equal((await request(`${url}/health/live`)).status, 200);
    const answer = await request(`${url}/health/ready`);
    assert.equal(answer.status, 503);
    assert.deepEqual(Object.keys(answer.json as object), ["detail"]);
    assert.match((answer.json as { detail: string }).detail, /WEBHOOK_SECRET/);
  }
});

test("on a schema that is not the program's own the service is live and not ready", async (t) => {
  const { url, databasePath } = await startTestService(t);
  // What a newer program that migrates the file under a running older one would leave.
  const other = new DatabaseSync(databasePath);
  other.exec("PRAGMA user_version = 9999");
  other.close();
  assert.equal((await request(`${url}/health/live`)).text, '{"status":"live"}');
  const answer = await request(`${url}/health/ready`);
  assert.equal(answer.status, 503);
  assert.deepEqual(Object.keys(answer.json as object), ["detail"]);
});

test("an answer that the service is not ready says when to ask again, and nothing of the inside", async (t) => {
  const { url, databasePath } = await startTestService(t, { secrets: [] });
  const answer = await request(`${url}/health/ready`);
  assert.match(answer.headers.get("retry-after") ?? "", /^\d+$/);
  assert.ok(!answer.text.includes(databasePath));
});
