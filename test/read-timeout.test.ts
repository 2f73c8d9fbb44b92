/** A read that takes longer than READ_TIMEOUT_MS: stopped, and told which filter would narrow it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openSqliteStore } from "../src/store/sqlite/store.ts";
import { startAppOver } from "./support/app.ts";
import { request } from "./support/client.ts";
import { figures } from "./support/figures.ts";
import { sampleMessage } from "./support/sample.ts";
import { storeOptions } from "./support/store-options.ts";
import { tempFolder } from "./support/temp.ts";

/** No time at all: whatever takes more than one step is stopped after its first. */
async function startImpatient(t: TestContext) {
  const store = await openSqliteStore(join(tempFolder(t), "app.db"), { ...storeOptions(), readTimeoutMs: 0 });
  t.after(() => store.close());
  await store.append([sampleMessage()]);
  return startAppOver(t, store);
}

const told = async (url: string): Promise<unknown> => {
  const answer = await request(url);
  assert.equal(answer.status, 503);
  assert.match(String(answer.headers.get("retry-after")), /^[1-9]\d*$/);
  return (answer.json as { detail: string }).detail;
};

test("a search that takes too long is answered 503, and says what would narrow it", async (t) => {
  const { url } = await startImpatient(t);
  const stopped = "the read was stopped after 0 ms; narrow it with";
  assert.equal(await told(`${url}/messages?q=hello`), `${stopped} since and until, or with from or to`);
  assert.equal(await told(`${url}/messages?q=hello&from=%2B919876543210`), `${stopped} since and until`);
  assert.equal(
    await told(`${url}/messages?q=hello&since=2020-01-01T00:00:00Z&until=2030-01-01T00:00:00Z`),
    `${stopped} since and until closer together, or with from or to`,
  );
});

test("reads that were stopped are counted", async (t) => {
  const { url } = await startImpatient(t);
  const counted = async (): Promise<number | undefined> => (await figures(url)).get("reads_stopped_total");
  assert.equal(await counted(), 0);
  await told(`${url}/messages?q=hello`);
  await told(`${url}/messages?q=hello&from=%2B919876543210`);
  assert.equal((await request(`${url}/messages?q=hello&limit=0`)).status, 422);
  assert.equal(await counted(), 2);
});

test("reads of one step are answered beside it", async (t) => {
  const { url } = await startImpatient(t);
  for (const path of ["/messages", "/messages/m1", "/stats", "/stats/timeline", "/health/ready"]) {
    assert.equal((await request(url + path)).status, 200, path);
  }
});
