import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, post, request } from "./support/client.ts";
import { openRaw, rawHead } from "./support/raw.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";
import { until } from "./support/until.ts";

/** What may stand in a log line and in a header without any quoting. */
const SANE = /^[\w.:/+=-]{1,128}$/;

function idOf({ headers }: Answer): string {
  const id = headers.get("x-request-id");
  assert.ok(id !== null, "no X-Request-ID");
  assert.match(id, SANE);
  return id;
}

test("a sane X-Request-ID is returned, and is the log line's request_id", async (t) => {
  const service = await startTestService(t);
  const { url } = service;
  const ids = ["a", "7", "8c5a1e9e-7f4e-4c1c-9a43-0d4c4b1f6f0e", "abc-123_DEF.4", "x".repeat(64)];
  for (const id of ids) {
    const headers = { "x-request-id": id };
    assert.equal(idOf(await request(`${url}/health/live`, { headers })), id);
    assert.equal(idOf(await post(url, sampleMessage(), headers)), id);
    assert.equal(idOf(await request(`${url}/nothing`, { headers })), id);
  }
  const logged = (id: string) => service.logs().filter((line) => line["request_id"] === id).length;
  await until("each is logged", () => ids.every((id) => logged(id) === 3));
});

test("an X-Request-ID that is not sane is replaced, and is not logged", async (t) => {
  const service = await startTestService(t);
  const insane = [
    "x".repeat(1_000),
    "with space",
    "a\tb",
    'quote"d',
    "<script>",
    "a\u00e9b",
    "semi;colon",
    "{json}",
    "back\\slash",
    "a,b",
    "",
  ];
  const given = new Set<string>();
  for (const id of insane) {
    const answer = await request(`${service.url}/health/live`, { headers: { "x-request-id": id } });
    assert.notEqual(idOf(answer), id);
    given.add(idOf(answer));
  }
  assert.equal(given.size, insane.length, "every request has an id of its own");
  const lines = (): Record<string, unknown>[] => service.logs().filter(({ path }) => path === "/health/live");
  await until("all are logged", () => lines().length === insane.length);
  assert.deepEqual(new Set(lines().map((line) => line["request_id"])), given);
});

test("an X-Request-ID with what a log or a terminal would act on is replaced or refused", async (t) => {
  const { url } = await startTestService(t);
  for (const bytes of ["a\u0001b", "a\u001b[31mb", "a\u007fb", "a\0b", "a\rb", "a\nb", "a\u0085b"]) {
    const connection = await openRaw(t, url);
    const head = rawHead("GET /health/live", [`X-Request-ID: ${bytes}`]);
    await connection.send(Buffer.from(head, "latin1"));
    const answer = await connection.answer();
    assert.ok([200, 400].includes(answer.status), JSON.stringify(bytes));
    assert.equal(JSON.stringify([...answer.headers]).includes("a\\"), false);
    if (answer.status === 200) assert.notEqual(idOf(answer), bytes);
  }
});

test("two X-Request-ID headers count as none", async (t) => {
  const { url } = await startTestService(t);
  const connection = await openRaw(t, url);
  await connection.send(rawHead("GET /health/live", ["X-Request-ID: one", "X-Request-ID: two"]));
  assert.equal(["one", "two"].includes(idOf(await connection.answer())), false);
});

test("every answer that a route or its absence gives has an X-Request-ID", async (t) => {
  const { url } = await startTestService(t);
  const answers: readonly (readonly [status: number, answer: Answer])[] = [
    [200, await post(url, sampleMessage())],
    [200, await request(`${url}/messages`)],
    [200, await request(`${url}/metrics`)],
    [200, await request(`${url}/openapi.json`)],
    [200, await request(`${url}/docs`)],
    [200, await request(`${url}/health/live`, { method: "HEAD" })],
    [400, await request(`${url}/messages/%ff`)],
    [401, await post(url, sampleMessage(), { "x-signature": "" })],
    [404, await request(`${url}/nothing`)],
    [404, await request(`${url}/messages/none`)],
    [405, await request(`${url}/webhook`)],
    [413, await post(url, " ".repeat(70_000))],
    [415, await post(url, "{}", { "content-encoding": "gzip" })],
    [422, await post(url, "{}")],
    [422, await request(`${url}/messages?limit=0`)],
  ];
  for (const [status, answer] of answers) {
    assert.equal(answer.status, status, answer.text);
    assert.notEqual(idOf(answer), "");
  }
  const ids = answers.map(([, answer]) => idOf(answer));
  assert.equal(new Set(ids).size, ids.length);
});

test("an answer to what is no request at all has an X-Request-ID, the same as its log line", async (t) => {
  const service = await startTestService(t);
  const wrong: readonly (readonly [status: number, bytes: string])[] = [
    [400, "nonsense\r\n\r\n"],
    [431, rawHead("GET /health/live", [`X-Large: ${"x".repeat(20_000)}`])],
  ];
  for (const [status, bytes] of wrong) {
    const connection = await openRaw(t, service.url);
    await connection.send(bytes);
    const answer = await connection.answer();
    assert.equal(answer.status, status);
    const id = idOf(answer);
    await until("it is logged", () => service.logs().some((line) => line["request_id"] === id));
  }
});
