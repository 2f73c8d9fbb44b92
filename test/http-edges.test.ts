import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, post, request } from "./support/client.ts";
import { openRaw, rawHead, rawPost } from "./support/raw.ts";
import { totalOf } from "./support/refusal.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";

const GET_PATHS = [
  "/messages",
  "/messages/m1",
  "/stats",
  "/health/live",
  "/health/ready",
  "/metrics",
  "/openapi.json",
  "/docs",
];

const BODIES: readonly (readonly [type: string, body: string])[] = [
  ["application/json", '{"a":1}'],
  ["application/json", "{not json"],
  ["text/plain", "text"],
  ["application/xml", "<a/>"],
  ["application/x-www-form-urlencoded", "a=%zz"],
  ["multipart/form-data", "no boundary"],
  [";;;", "x"],
  ["", "x"],
];

/** Asserts the one shape of a failure: `{"detail"}` as JSON, and nothing else. */
function assertProblem(answer: Answer, status: number, what: string): void {
  assert.equal(answer.status, status, `${what}: ${answer.text}`);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/, what);
  assert.deepEqual(Object.keys(answer.json as object), ["detail"], what);
  assert.match(String((answer.json as { detail: unknown }).detail), /\w/, what);
}

function allowed({ headers }: Answer): string[] {
  return (headers.get("allow") ?? "").split(/\s*,\s*/).toSorted();
}

test("a path that no route has is 404 as JSON, whatever the method and the body", async (t) => {
  const { url } = await startTestService(t);
  const paths = [
    "/index.html",
    "/nothing",
    "/messages/",
    "/messages/m1/x",
    "/Messages",
    "//messages",
    "/webhook/",
    "/health",
  ];
  for (const path of paths) {
    for (const method of ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"]) {
      assertProblem(await request(url + path, { method }), 404, `${method} ${path}`);
    }
  }
  for (const [type, body] of BODIES) {
    const init = { method: "POST", body, headers: { "content-type": type } };
    assertProblem(await request(`${url}/nothing`, init), 404, type);
  }
});

test("a method that a path does not take is 405 with Allow, as JSON", async (t) => {
  const { url } = await startTestService(t);
  for (const path of GET_PATHS) {
    const isErasable = path.startsWith("/messages");
    const methods = [
      "POST",
      "PUT",
      "PATCH",
      "OPTIONS",
      "PROPFIND",
      "MKCOL",
      ...(isErasable ? [] : ["DELETE"]),
    ];
    for (const method of methods) {
      const answer = await request(url + path, { method });
      assertProblem(answer, 405, `${method} ${path}`);
      const expected = isErasable ? ["DELETE", "GET", "HEAD"] : ["GET", "HEAD"];
      assert.deepEqual(allowed(answer), expected, `${method} ${path}`);
    }
  }
  for (const method of ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
    const answer = await request(`${url}/webhook`, { method });
    assertProblem(answer, 405, `${method} /webhook`);
    assert.deepEqual(allowed(answer), ["POST"]);
  }
});

test("QUERY, whose answer depends on its body, is 405 like any other method, with and without a body", async (t) => {
  const { url } = await startTestService(t);
  for (const path of [...GET_PATHS, "/webhook"]) {
    assertProblem(await request(url + path, { method: "QUERY" }), 405, path);
    for (const [type, body] of BODIES) {
      const init = { method: "QUERY", body, headers: { "content-type": type } };
      assertProblem(await request(url + path, init), 405, `${path} ${type}`);
    }
  }
  assertProblem(await request(`${url}/nothing`, { method: "QUERY" }), 404, "/nothing");
});

test("405 stays 405 with a body of any content type, a query or an encoding", async (t) => {
  const { url } = await startTestService(t);
  for (const path of [...GET_PATHS, "/webhook"]) {
    for (const [type, body] of BODIES) {
      const headers = { "content-type": type, "content-encoding": "gzip" };
      const answer = await request(`${url}${path}?a=b&a=b`, { method: "PUT", body, headers });
      assertProblem(answer, 405, `${path} ${type}`);
    }
  }
});

test("TRACE, which fetch does not send, is 405 like any other method", async (t) => {
  const { url } = await startTestService(t);
  const connection = await openRaw(t, url);
  for (const path of [...GET_PATHS, "/webhook"]) {
    await connection.send(rawHead(`TRACE ${path}`));
    assertProblem(await connection.answer(), 405, path);
  }
});

test("a body that no route reads does not become the next request on the connection", async (t) => {
  const { url } = await startTestService(t);
  const connection = await openRaw(t, url);
  const smuggled = rawPost(sampleMessage());
  for (const line of [
    "POST /messages",
    "POST /nothing",
    "PUT /webhook",
    "GET /stats",
    "DELETE /health/live",
  ]) {
    const head = rawHead(line, ["Content-Type: a/b", `Content-Length: ${smuggled.length}`]);
    await connection.send(Buffer.concat([Buffer.from(head), smuggled]));
    await connection.answer();
    await connection.send(rawHead("GET /health/live"));
    assert.equal((await connection.answer()).text, '{"status":"live"}', line);
  }
  assert.equal(await totalOf(url), 0);
});

test("GET reads no body: one that is sent along is ignored", async (t) => {
  const { url } = await startTestService(t);
  const connection = await openRaw(t, url);
  for (const [type, body] of BODIES) {
    const headers = [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`];
    await connection.send(rawHead("GET /messages", headers) + body);
    assert.equal((await connection.answer()).status, 200, type);
  }
});

test("HEAD answers as GET does, without the body, on every path that has GET", async (t) => {
  const { url } = await startTestService(t);
  for (const id of ["m1", "m2"]) await post(url, sampleMessage({ message_id: id }));
  const paths = [...GET_PATHS, "/messages?limit=1", "/messages?limit=0", "/messages/none", "/nothing"];
  // What differs from one request to the next, HEAD or not; and the figures grow with every request.
  const varying = ["date", "x-request-id", "connection", "keep-alive"];
  for (const path of paths) {
    const [get, head] = await Promise.all(
      ["GET", "HEAD"].map((method) => request(url + path, { method, redirect: "manual" })),
    );
    assert.ok(get !== undefined && head !== undefined);
    assert.equal(head.status, get.status, path);
    assert.equal(head.text, "", path);
    const ignored = path === "/metrics" ? [...varying, "content-length"] : varying;
    const [ofGet, ofHead] = [get, head].map(({ headers }) =>
      [...headers].filter(([name]) => !ignored.includes(name)),
    );
    assert.deepEqual(ofHead, ofGet, path);
  }
});

test("HEAD is 405 where there is no GET, and keeps the connection in step", async (t) => {
  const { url } = await startTestService(t);
  const connection = await openRaw(t, url);
  await connection.send(rawHead("HEAD /webhook") + rawHead("HEAD /stats") + rawHead("GET /health/live"));
  const webhook = await connection.answer({ bodiless: true });
  assert.equal(webhook.status, 405);
  assert.deepEqual(allowed(webhook), ["POST"]);
  assert.equal((await connection.answer({ bodiless: true })).status, 200);
  assert.equal((await connection.answer()).text, '{"status":"live"}');
});

test("a path that is not percent-encoded UTF-8 is refused as JSON, also under unknown routes", async (t) => {
  const { url } = await startTestService(t);
  const connection = await openRaw(t, url);
  for (const wrong of ["%", "%z", "%zz", "%2", "%ff", "%c0%af", "%e2%82", "%ed%a0%80", "a%"]) {
    for (const path of [`/messages/${wrong}`, `/${wrong}`, `/health/${wrong}`, `/docs/${wrong}`]) {
      for (const method of ["GET", "DELETE"]) {
        await connection.send(rawHead(`${method} ${path}`));
        const answer = await connection.answer();
        assert.ok(answer.status >= 400 && answer.status < 500, `${method} ${path}: ${answer.status}`);
        assertProblem(answer, answer.status, path);
      }
    }
  }
});

test("a message_id that cannot exist is 404, however long or odd", async (t) => {
  const { url } = await startTestService(t);
  const ids = [
    "x".repeat(257),
    "x".repeat(8_000),
    "%00",
    "%F0%9F%98%80".repeat(300),
    "..%2Fstats",
    "%2e%2e%2f",
  ];
  const connection = await openRaw(t, url);
  for (const id of ids) {
    await connection.send(rawHead(`GET /messages/${id}`));
    assertProblem(await connection.answer(), 404, id.slice(0, 20));
  }
});
