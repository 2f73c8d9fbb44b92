import assert from "node:assert/strict";
import { test } from "node:test";
import { post, request } from "./support/client.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";

test("a signed message is stored once, however often it is sent", async (t) => {
  const { url } = await startTestService(t);
  for (let times = 0; times < 2; times += 1) {
    const answer = await post(url, sampleMessage());
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '{"status":"ok"}');
  }
  const list = await request(`${url}/messages`);
  assert.deepEqual(list.json, { data: [sampleMessage()], total: 1, limit: 50, offset: 0 });
});
