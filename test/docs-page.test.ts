import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "./support/client.ts";
import { startTestService } from "./support/service.ts";

/** The addresses in a page that a browser loads, or goes to. */
function addressesIn(html: string): string[] {
  return [...html.matchAll(/\b(?:src|href|action|data|poster|srcset)\s*=\s*["']?([^"'\s>]+)/gi)].map(
    ([, address = ""]) => address,
  );
}

test("the page at /docs is made of this service's own files alone, and each of them is there", async (t) => {
  const { url } = await startTestService(t);
  const page = await fetch(`${url}/docs`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
  const html = await page.text();
  assert.doesNotMatch(html, /(?:https?:)?\/\/[a-z0-9-]+\./i, "an address elsewhere");
  const addresses = addressesIn(html);
  assert.ok(addresses.length > 0);
  for (const address of addresses) {
    // `page.url` is where the redirects, if any, have led; relative addresses start there.
    const target = new URL(address, page.url);
    assert.equal(target.origin, url, address);
    const { status, text } = await request(target.href);
    assert.equal(status, 200, address);
    if (target.pathname.endsWith(".css"))
      assert.doesNotMatch(text, /@import|url\(\s*["']?(?:https?:)?\/\//i, address);
  }
});

test("the page's policy forbids the browser to load anything from elsewhere, or to be framed", async (t) => {
  const { url } = await startTestService(t);
  const policy = (await request(`${url}/docs`)).headers.get("content-security-policy") ?? "";
  const directives = new Map(
    policy.split(";").map((directive) => {
      const [name = "", ...sources] = directive.trim().split(/\s+/);
      return [name, sources];
    }),
  );
  assert.ok(directives.has("default-src"), `whatever a directive does not name falls back to it: ${policy}`);
  for (const [name, sources] of directives) {
    for (const source of sources) {
      // Quoted words ('self', 'none', hashes) and data: name no other origin; hosts, schemes and * do.
      assert.match(source, /^(?:'[^']+'|data:|blob:)$/, `${name} allows ${source}`);
      assert.notEqual(source, "'unsafe-eval'", name);
    }
  }
  assert.deepEqual(directives.get("frame-ancestors"), ["'none'"]);
});
