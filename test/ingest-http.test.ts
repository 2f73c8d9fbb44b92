import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../src/errors.ts";
import { QUEUE_MESSAGES_MAX } from "../src/webhook/ingest.ts";
import { startAppOver } from "./support/app.ts";
import { type Answer, post } from "./support/client.ts";
import { figures, webhookResults } from "./support/figures.ts";
import { createHeldStore } from "./support/held-store.ts";
import { sampleMessage } from "./support/sample.ts";
import { createSqliteDatabase } from "./support/sqlite.ts";
import { until } from "./support/until.ts";

function assertUnavailable(answer: Answer): void {
  assert.equal(answer.status, 503, answer.text);
  assert.match(answer.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
  assert.deepEqual(Object.keys(answer.json as object), ["detail"]);
}

test("a service whose queue is full answers 503 with Retry-After, counts it, and takes messages again later", async (t) => {
  const store = createHeldStore();
  const { url, ingest } = await startAppOver(t, store);
  const waiting = Array.from({ length: QUEUE_MESSAGES_MAX }, (_, index) =>
    ingest.submit(sampleMessage({ message_id: `m${index}` }), 10),
  );
  assertUnavailable(await post(url, sampleMessage({ message_id: "late" })));
  assert.deepEqual(await webhookResults(url), { unavailable: 1 });
  assert.equal((await figures(url)).get("ingest_queue_messages"), QUEUE_MESSAGES_MAX);
  assert.equal((await figures(url)).get("ingest_queue_bytes"), QUEUE_MESSAGES_MAX * 10);

  // Other answers do not wait behind the queue.
  assert.equal((await post(url, "{}")).status, 422);
  assert.equal((await post(url, "{}", { "x-signature": "wrong" })).status, 401);

  for (let index = 0; ingest.depth().messages > 0; index += 1) {
    await until("the next batch is asked for", () => store.appends.length > index);
    store.appends[index]?.resolve();
    await until("it is answered", () => store.appends.length > index + 1 || ingest.depth().messages === 0);
  }
  await Promise.all(waiting);
  const batches = store.appends.length;
  const answer = post(url, sampleMessage({ message_id: "late" }));
  await until("the message is asked for", () => store.appends.length > batches);
  store.appends[batches]?.resolve();
  assert.equal((await answer).status, 200);
  assert.deepEqual(await webhookResults(url), {
    created: 1,
    invalid_signature: 1,
    unavailable: 1,
    validation_error: 1,
  });
  assert.equal((await figures(url)).get("ingest_queue_messages"), 0);
});

test("a commit that fails is a 503 for each of its senders, never a 200, and sending again works", async (t) => {
  const store = await createSqliteDatabase(t).open();
  let failures = 2;
  const failing = {
    ...store,
    append: (batch: Parameters<typeof store.append>[0]) => {
      failures -= 1;
      if (failures < 0) return store.append(batch);
      return Promise.reject(
        new AppError("unavailable", "the store is not available now", { reason: "disk full" }),
      );
    },
  };
  const { url } = await startAppOver(t, failing);
  const sent = Array.from({ length: 20 }, (_, index) => sampleMessage({ message_id: `m${index}` }));
  const first = await Promise.all(sent.map((message) => post(url, message)));
  const failed = first.filter(({ status }) => status !== 200);
  assert.ok(failed.length > 0);
  for (const answer of failed) assertUnavailable(answer);
  assert.equal((await store.stats()).total_messages, sent.length - failed.length);

  failures = 0;
  for (const message of sent) assert.equal((await post(url, message)).status, 200);
  assert.equal((await store.stats()).total_messages, sent.length);
  assert.deepEqual(await webhookResults(url), {
    created: sent.length,
    unavailable: failed.length,
    ...(failed.length < sent.length && { duplicate: sent.length - failed.length }),
  });
});

test("a 503 tells a stranger nothing of the inside", async (t) => {
  const store = createHeldStore();
  const { url } = await startAppOver(t, store);
  const answer = post(url, sampleMessage());
  await until("the message is asked for", () => store.appends.length > 0);
  store.appends[0]?.reject(
    new AppError("unavailable", "the store is not available now", { reason: "/secret/path.db: disk full" }),
  );
  assertUnavailable(await answer);
  assert.doesNotMatch((await answer).text, /secret|path|disk/);
});

test("a message that the store refuses is a 500 that says nothing, and counts as unavailable", async (t) => {
  const store = createHeldStore();
  const { url } = await startAppOver(t, store);
  const answer = post(url, sampleMessage());
  await until("the message is asked for", () => store.appends.length > 0);
  store.appends[0]?.resolve(["refused"]);
  assert.equal((await answer).status, 500);
  assert.deepEqual((await answer).json, { detail: "internal error" });
  assert.deepEqual(await webhookResults(url), { unavailable: 1 });
});
