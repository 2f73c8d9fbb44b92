import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../src/errors.ts";
import { startAppOver } from "./support/app.ts";
import { request } from "./support/client.ts";
import { createHeldStore } from "./support/held-store.ts";

test("a read that the store has stopped is a 503 with Retry-After, and says which filter would narrow it", async (t) => {
  const detail = "stopped after 5000 ms: narrow it by since, until or from";
  const stopped = (): Promise<never> => Promise.reject(new AppError("read_timeout", detail));
  const store = { ...createHeldStore(), find: stopped, get: stopped, stats: stopped, timeline: stopped };
  const { url } = await startAppOver(t, store);
  for (const path of ["/messages?q=a", "/messages/m1", "/stats", "/stats/timeline"]) {
    const answer = await request(url + path);
    assert.equal(answer.status, 503, path);
    assert.match(answer.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
    assert.deepEqual(answer.json, { detail });
  }
});
