/** How the inbox page is served, without a browser. What it does in one: test/page-*.test.ts. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { fastify } from "fastify";
import { pageRoutes, readPage } from "../src/http/page.ts";
import { replyWithProblem } from "../src/http/problem.ts";
import { isTaken } from "../src/page-path.ts";
import { request } from "./support/client.ts";
import { PROJECT } from "./support/program.ts";
import { openRaw } from "./support/raw.ts";
import { startTestService } from "./support/service.ts";
import { tempFolder } from "./support/temp.ts";

const ASSETS = join(PROJECT, "dist", "page", "assets");
/** What may come over the wire, compressed. */
const PAGE_BYTES_MAX = 100_000;
const TOKENS = {
  tokens: [{ name: "grafana", role: "read", token: "reader-0123456789abcdef" }],
  openTo: "loopback",
  areMetricsOpen: false,
} as const;

/** The addresses of the document's files, seen from it. */
function filesOf(html: string): string[] {
  return [...html.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(([, path = ""]) => path);
}

test("the document is asked for again each time, and its files never: their names are of their content", async (t) => {
  const { url } = await startTestService(t);
  const document = await request(`${url}/`);
  assert.equal(document.status, 200);
  assert.match(document.headers.get("content-type") ?? "", /^text\/html; charset=utf-8$/);
  assert.equal(document.headers.get("cache-control"), "no-cache");
  const etag = document.headers.get("etag") ?? "";
  assert.match(etag, /^"[\w-]{43}"$/);
  const again = await request(`${url}/`, { headers: { "if-none-match": etag } });
  assert.deepEqual([again.status, again.text], [304, ""]);

  const files = filesOf(document.text);
  assert.equal(files.length, 3);
  for (const file of files) {
    assert.match(file, /^assets\/\w+-[A-Z0-9]{8}\.(?:js|css|svg)$/);
    const { status, headers } = await request(new URL(file, `${url}/`).href);
    assert.equal(status, 200, file);
    assert.equal(headers.get("cache-control"), "public, max-age=31536000, immutable");
    assert.equal(headers.get("vary"), "accept-encoding");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  }
});

test("a file comes in the smallest encoding that is taken, and is the same in each", async (t) => {
  const { url } = await startTestService(t);
  const script = readdirSync(ASSETS).find((name) => name.endsWith(".js")) ?? assert.fail("no script");
  const plain = readFileSync(join(ASSETS, script));
  const sizes: number[] = [];
  for (const [accepted, encoding, decode] of [
    ["gzip, deflate, br", "br", brotliDecompressSync],
    ["gzip;q=1.0", "gzip", gunzipSync],
    ["GZIP, br;q=0", "gzip", gunzipSync],
    ["br;q=0.000, gzip; q=0", null, (bytes: Buffer) => bytes],
    ["", null, (bytes: Buffer) => bytes],
  ] as const) {
    const asked = get(`${url}/assets/${script}`, { headers: { "accept-encoding": accepted } });
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    assert.equal(response.headers["content-encoding"] ?? null, encoding, accepted);
    const body = await buffer(response);
    sizes.push(body.length);
    assert.ok(decode(body).equals(plain), accepted);
  }
  const [br = 0, gzip = 0, , bare = 0] = sizes;
  assert.ok(br < gzip && gzip < bare);
});

test("all files together are small, compressed", () => {
  const files = readdirSync(ASSETS).filter((name) => name.endsWith(".gz"));
  assert.deepEqual(
    files.map((name) => name.replace(/-[A-Z0-9]+(?=\.)/, "")).toSorted(),
    ["icon.svg.gz", "main.css.gz", "main.js.gz", "uPlot.esm.js.gz"],
    "what only the statistics need is a file of its own",
  );
  const bytes = files.reduce((sum, name) => sum + readFileSync(join(ASSETS, name)).length, 0);
  assert.ok(bytes < PAGE_BYTES_MAX, `${bytes} bytes`);
});

test("the page may run, load and ask nothing but what is of this service, and holds no script or style itself", async (t) => {
  const { url } = await startTestService(t);
  const { headers, text } = await request(`${url}/`);
  const policy = headers.get("content-security-policy") ?? "";
  assert.match(policy, /^default-src 'none'; /);
  for (const source of policy.split(";").flatMap((directive) => directive.trim().split(/\s+/).slice(1)))
    assert.match(source, /^'(?:none|self|script)'$/);
  for (const directive of ["frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"])
    assert.ok(policy.includes(directive), directive);
  assert.doesNotMatch(text, /<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=|https?:/i);
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("referrer-policy"), "no-referrer");
});

test("with tokens the page and its files need none, and all else does: also files that are not there", async (t) => {
  const { url } = await startTestService(t, { access: TOKENS });
  const { status, text } = await request(`${url}/`);
  assert.equal(status, 200);
  for (const file of filesOf(text)) assert.equal((await request(`${url}/${file}`)).status, 200, file);
  for (const path of ["/assets/other.js", "/assets/", "/index.html", "/access", "/messages"])
    assert.equal((await request(url + path)).status, 401, path);
});

test("the page is served by whatever name and through whatever proxy: it holds nothing, and its questions are refused there", async (t) => {
  const { url } = await startTestService(t);
  for (const header of ["Host: evil.example", "Host: localhost\r\nX-Forwarded-For: 10.0.0.9"]) {
    for (const [path, expected] of [
      ["/", 200],
      ["/access", 403],
      ["/messages", 403],
    ] as const) {
      const connection = await openRaw(t, url);
      await connection.send(`GET ${path} HTTP/1.1\r\n${header}\r\n\r\n`);
      assert.equal((await connection.answer()).status, expected, `${path} ${header}`);
      connection.destroy();
    }
  }
});

test("PAGE_PATH moves the page and its files, and leaves the root free", async (t) => {
  const { url } = await startTestService(t, { pagePath: "/own/inbox/", access: TOKENS });
  assert.equal((await request(`${url}/`)).status, 401);
  const bare = await request(`${url}/own/inbox`, { redirect: "manual" });
  assert.equal(bare.status, 308);
  assert.equal(new URL(bare.headers.get("location") ?? "", `${url}/own/inbox`).href, `${url}/own/inbox/`);
  const { status, text } = await request(`${url}/own/inbox/`);
  assert.equal(status, 200);
  for (const file of filesOf(text))
    assert.equal((await request(new URL(file, `${url}/own/inbox/`).href)).status, 200, file);
  const api = /<meta name="lyftr-api" content="([^"]+)"/.exec(text)?.[1] ?? "";
  assert.equal(new URL(api, `${url}/own/inbox/`).href, `${url}/`);
});

test("where the page was not built, the service says what to run", async (t) => {
  const app = fastify();
  app.setErrorHandler(replyWithProblem);
  t.after(() => app.close());
  const page = readPage("/", `${tempFolder(t)}/`);
  pageRoutes(app, page);
  assert.deepEqual([...page.openPaths], ["/"]);
  const { statusCode, payload } = await app.inject("/");
  assert.equal(statusCode, 404);
  assert.match(payload, /npm run build:page/);
});

test("no path of the service can be the page's", async (t) => {
  const { url } = await startTestService(t);
  const { json } = await request(`${url}/openapi.json`);
  const paths = Object.keys((json as { paths: object }).paths);
  assert.ok(paths.length > 10);
  for (const path of [...paths, "/docs"]) assert.ok(isTaken(path), path);
});

test("GET /access says what whoever asks may do", async (t) => {
  const open = { tokens: [], areMetricsOpen: false };
  const grantOf = async (url: string, token?: string): Promise<unknown> =>
    (
      await request(
        `${url}/access`,
        token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
      )
    ).json;
  assert.deepEqual(await grantOf((await startTestService(t)).url), { role: "admin", token: null });
  for (const openTo of ["local", "everybody"] as const) {
    const { url } = await startTestService(t, { access: { ...open, openTo } });
    assert.deepEqual(await grantOf(url), { role: "read", token: null });
  }
  const ops = { name: "ops", role: "admin", token: "admin-0123456789abcdef" } as const;
  const { url } = await startTestService(t, { access: { ...TOKENS, tokens: [...TOKENS.tokens, ops] } });
  assert.deepEqual(await grantOf(url, "reader-0123456789abcdef"), { role: "read", token: "grafana" });
  assert.deepEqual(await grantOf(url, ops.token), { role: "admin", token: "ops" });
});
