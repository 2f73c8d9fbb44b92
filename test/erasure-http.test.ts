/** Erasing as its users see it: over HTTP and by `lyftr erase`, on both engines. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Receipt } from "../src/erasure-schemas.ts";
import { runClient } from "./support/cli.ts";
import { type Answer, post, request } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import { figures } from "./support/figures.ts";
import { keep, list } from "./support/listing.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";
import { ADMIN, READER, WITH_TOKENS } from "./support/tokens.ts";

function erase(url: string, path: string, token?: string): Promise<Answer> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return request(`${url}${path}`, { method: "DELETE", headers });
}

function assertReceipt(answer: Answer, expected: { messages: number; conflicts: number }): void {
  assert.equal(answer.status, 200, answer.text);
  const { erased_at, ...rest } = answer.json as Receipt;
  assert.deepEqual(rest, { status: "erased", ...expected });
  assert.match(erased_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
}

for (const { name, locate } of ENGINES) {
  test(`${name}: one message, then all of a sender, with receipts; every answer is exact, and a late retry changes nothing`, async (t) => {
    const { url } = await startTestService(t, { store: await locate(t) });
    const messages = Array.from({ length: 30 }, (_, index) => ({
      message_id: `m${index}`,
      from: index % 3 === 0 ? "+111" : "+222",
      text: `Hello ${index}`,
    }));
    await keep(url, messages);
    await post(url, sampleMessage({ message_id: "m4", from: "+222", text: "another" }));

    assertReceipt(await erase(url, "/messages/m4"), { messages: 1, conflicts: 1 });
    assert.equal((await request(`${url}/messages/m4`)).status, 404);
    const again = await erase(url, "/messages/m4");
    assert.deepEqual([again.status, again.json], [404, { detail: "no message has this id" }]);

    // As everywhere, a `+` that was not encoded is read as one.
    assertReceipt(await erase(url, "/messages?from=+111"), { messages: 10, conflicts: 0 });
    assertReceipt(await erase(url, "/messages?from=+111"), { messages: 0, conflicts: 0 });
    assert.equal((await list(url, { from: "+111" })).total, 0);
    assert.equal((await list(url, { q: "hello" })).total, 19);
    const stats = (await request(`${url}/stats`)).json;
    assert.deepEqual((stats as { top_senders: unknown }).top_senders, [{ from: "+222", count: 19 }]);

    const late = await post(url, sampleMessage({ message_id: "m0", from: "+111", text: "Hello 0" }));
    assert.deepEqual([late.status, late.json], [200, { status: "ok" }]);
    assert.equal((await request(`${url}/messages/m0`)).status, 404);
    const figure = await figures(url);
    assert.equal(figure.get('messages_erased_total{by="request"}'), 11);
    assert.equal(figure.get('webhook_requests_total{result="duplicate"}'), 1);
  });

  test(`${name}: messages that are too old are gone soon after the start, and counted`, async (t) => {
    const store = await locate(t);
    const first = await startTestService(t, { store });
    const now = new Date().toISOString();
    await keep(first.url, [
      { message_id: "old", ts: "2025-01-15T10:00:00Z" },
      { message_id: "new", ts: now },
    ]);
    await first.close();
    const second = await startTestService(t, { store, retentionDays: 30 });
    const { url } = second;
    const erasedByAge = async (): Promise<number | undefined> =>
      (await figures(url)).get('messages_erased_total{by="age"}') || undefined;
    assert.equal(await eventually("the old message to be erased", erasedByAge), 1);
    assert.equal((await list(url)).total, 1);
    assert.equal((await request(`${url}/messages/new`)).status, 200);
    assert.ok(
      second.logs().some(({ message, messages }) => /RETENTION_DAYS/.test(String(message)) && messages === 1),
    );
  });
}

test("nothing is erased without saying whose, nor by a parameter that is wrong", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [{}]);
  for (const [query, told] of [
    ["", /^from: is required, or to/],
    ["?from=&to=", /^from: is empty.*; to: is empty/],
    ["?from=+1&until=", /^until: is empty: leave it out/],
    ["?from=&to=+1", /^from: is empty/],
    ["?since=2025-01-01T00:00:00Z", /^from: is required, or to/],
    ["?from=+1&q=hello", /^q: is not a parameter/],
    ["?from=+1&limit=5", /^limit: is not a parameter/],
    ["?from=+1&until=yesterday", /^until: must be an RFC 3339/],
    ["?from=+1&from=+2", /^from: is given more than once/],
  ] as const) {
    const answer = await erase(url, `/messages${query}`);
    assert.equal(answer.status, 422, query);
    assert.match((answer.json as { detail: string }).detail, told);
  }
  assert.equal((await list(url)).total, 1);
});

test("only an admin erases, where tokens are asked for; without any, only this machine", async (t) => {
  const guarded = await startTestService(t, { access: WITH_TOKENS });
  await post(guarded.url, sampleMessage());
  for (const path of ["/messages/m1", "/messages?from=+919876543210"]) {
    assert.equal((await erase(guarded.url, path)).status, 401);
    const forbidden = await erase(guarded.url, path, READER);
    assert.equal(forbidden.status, 403);
    assert.match(forbidden.headers.get("www-authenticate") ?? "", /scope="admin"/);
  }
  assertReceipt(await erase(guarded.url, "/messages/m1", ADMIN), { messages: 1, conflicts: 0 });
  const line = guarded.logs().find(({ method, status }) => method === "DELETE" && status === 200);
  assert.deepEqual([line?.["token"], line?.["erased"]], ["ops", { messages: 1, conflicts: 0 }]);

  for (const openTo of ["local", "everybody"] as const) {
    const { url } = await startTestService(t, { access: { tokens: [], openTo, areMetricsOpen: false } });
    await post(url, sampleMessage());
    const answer = await erase(url, "/messages/m1");
    assert.equal(answer.status, 403, openTo);
    assert.match((answer.json as { detail: string }).detail, /role admin .* API_TOKENS/);
    assert.equal((await request(`${url}/messages/m1`)).status, 200);
  }
});

test("lyftr erase prints the receipt, and asks for --yes where nobody can be asked", async (t) => {
  const { url } = await startTestService(t, { access: WITH_TOKENS });
  for (const message_id of ["m1", "m2", "a/b?c"]) await post(url, sampleMessage({ message_id }));
  const run = (...args: string[]) => runClient(t, url, ["erase", ...args], { token: ADMIN });
  const unasked = await run("--from", "+919876543210");
  assert.deepEqual(
    [unasked.code, unasked.stderr],
    [2, "lyftr: nobody to ask: add --yes to erase without asking\n"],
  );
  assert.equal((await run("--from", "+1", "--until", "", "--yes")).stderr, "lyftr: --until is empty\n");
  assert.match((await run()).stderr, /say whose: --from, --to, or one message by --id/);
  assert.match((await run("--id", "m1", "--from", "+1", "--yes")).stderr, /leave the other filters out/);

  const one = await run("--id", "a/b?c", "--yes");
  assert.deepEqual([one.code, one.stderr], [0, ""]);
  assert.match(one.stdout, /^erased 1 message and 0 records of conflicts at 20\S+Z\n$/);
  const none = await run("--id", "a/b?c", "--yes");
  assert.deepEqual([none.code, none.stderr], [1, "lyftr: 404 no message has this id\n"]);
  const all = await run("--from", "+919876543210", "--yes", "--json");
  assert.equal((JSON.parse(all.stdout) as Receipt).messages, 2);
  const reader = await runClient(t, url, ["erase", "--from", "+1", "--yes"], { token: READER });
  assert.deepEqual([reader.code, reader.stdout], [1, ""]);
  assert.match(reader.stderr, /403 a token with the role admin is needed; set API_TOKEN/);
});
