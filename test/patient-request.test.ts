/** How `lyftr erase` waits: an erasure of many messages takes longer than a client waits that was told nothing else. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { CommandError, EXIT } from "../src/cli/exit.ts";
import { requestPatiently } from "../src/cli/patient-request.ts";
import { deserted } from "./support/cli.ts";
import { until } from "./support/until.ts";

const DELETE = { method: "DELETE", headers: { authorization: "Bearer a-token-of-an-admin" } };
/** Longer than any of these tests. */
const ANSWER_MS_MAX = 600_000;

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Dispatcher {
  readonly constructor: new (options: { readonly headersTimeout: number }) => Dispatcher;
}

/** By this name each `fetch` of the process finds what holds its 300 s (undici, lib/global.js); there once one was made. */
const DISPATCHER = Symbol.for("undici.globalDispatcher.1");

async function makeFetchImpatient(t: TestContext): Promise<void> {
  await fetch("data:,");
  const fetches = globalThis as unknown as { [DISPATCHER]: Dispatcher };
  const usual = fetches[DISPATCHER];
  fetches[DISPATCHER] = new usual.constructor({ headersTimeout: 20 });
  t.after(() => void (fetches[DISPATCHER] = usual));
}

function isCommandError(exitCode: number, message: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof CommandError && error.exitCode === exitCode && message.test(error.message);
}

test("an answer that comes when fetch has long given up is taken", async (t) => {
  await makeFetchImpatient(t);
  const held = new Map<string | undefined, ServerResponse>();
  const url = await serve(t, (request, response) => void held.set(request.method, response));
  const answer = requestPatiently(`${url}/messages?from=%2B1`, DELETE, ANSWER_MS_MAX);
  await until("the request has come", () => held.has("DELETE"));
  await assert.rejects(
    fetch(url),
    ({ cause }: Error) => (cause as { code?: string }).code === "UND_ERR_HEADERS_TIMEOUT",
  );
  held.get("DELETE")?.end('{"status":"erased"}');
  assert.deepEqual(await answer, { status: 200, body: { status: "erased" } });
});

test("the method, the target and the token are sent, and a refusal is handed back", async (t) => {
  const url = await serve(t, ({ method, url: target, headers }, response) => {
    response.statusCode = 403;
    response.end(JSON.stringify({ detail: [method, target, headers.authorization].join(" ") }));
  });
  assert.deepEqual(await requestPatiently(`${url}/messages/m%201`, DELETE, ANSWER_MS_MAX), {
    status: 403,
    body: { detail: "DELETE /messages/m%201 Bearer a-token-of-an-admin" },
  });
});

test("nobody there, a connection that breaks before or in an answer, and no answer in time are exit code 3", async (t) => {
  const nobody = `${await deserted()}/messages/m1`;
  await assert.rejects(
    requestPatiently(nobody, DELETE, ANSWER_MS_MAX),
    isCommandError(EXIT.unavailable, /^nothing answers at http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/),
  );
  const breaking = await serve(t, ({ url: target }, response) => {
    if (target === "/silent") return;
    if (target === "/half") response.writeHead(200, { "content-length": "100" }).flushHeaders();
    response.destroy();
  });
  for (const target of ["/none", "/half"])
    await assert.rejects(
      requestPatiently(breaking + target, DELETE, ANSWER_MS_MAX),
      isCommandError(EXIT.unavailable, /^nothing answers at http:\/\/127\.0\.0\.1:\d+: \w+/),
    );
  await assert.rejects(
    requestPatiently(`${breaking}/silent`, DELETE, 20),
    isCommandError(EXIT.unavailable, /aborted due to timeout/),
  );
});

test("another program in its place is told as that", async (t) => {
  const url = await serve(t, (_request, response) => response.end("<html>"));
  await assert.rejects(
    requestPatiently(`${url}/messages/m1`, DELETE, ANSWER_MS_MAX),
    isCommandError(EXIT.failed, /answered 200, and not as lyftr does/),
  );
});
