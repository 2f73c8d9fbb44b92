/** What auditors of pages look for, without a clock: nothing moves under the reader, little is fetched and drawn, and it says what it is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { ENGINES } from "./support/engines.ts";
import { PHONE, rowsOf, startInbox, visit } from "./support/inbox-page.ts";
import { keep } from "./support/listing.ts";
import { realisticMessages } from "./support/realistic.ts";

const [SQLITE = assert.fail()] = ENGINES;
const MESSAGES = 1_000;
/** What decisions/0019 holds; of all scripts, as they come over the wire. */
const SCRIPT_BYTES_MAX = 100_000;
/** As web.dev calls them good: shares of the screen that moved by themselves, and elements of a document. */
const LAYOUT_SHIFT_MAX = 0.1;
const ELEMENTS_MAX = 1_400;
/** Document, script, style, icon, and what the view asks the service. */
const REQUESTS_MAX = 12;

const NOTE_SHIFTS = `globalThis.shifts = [];
  new PerformanceObserver((list) => globalThis.shifts.push(...list.getEntries().map(({ value }) => value)))
    .observe({ type: "layout-shift", buffered: true });`;

interface Fetched {
  readonly name: string;
  readonly initiatorType: string;
  readonly transferSize: number;
  readonly encodedBodySize: number;
  readonly decodedBodySize: number;
}

const FETCHED = `["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type)).map(
  ({ name, initiatorType, transferSize, encodedBodySize, decodedBodySize }) =>
    ({ name, initiatorType, transferSize, encodedBodySize, decodedBodySize }))`;

const VIEWS: readonly (readonly [view: string, isThere: (page: Page) => Promise<void>])[] = [
  ["messages", (page) => rowsOf(page).first().waitFor()],
  ["statistics", (page) => page.locator(".u-over").waitFor()],
  ["health", (page) => page.locator(".tiles dd").first().waitFor()],
];

for (const viewport of [{ width: 1440, height: 900 }, PHONE]) {
  for (const [view, isThere] of VIEWS) {
    test(`${view} at ${viewport.width} pixels: nothing moves while it comes, and little is fetched and drawn`, async (t) => {
      const { url } = await startInbox(t, SQLITE);
      await keep(url, realisticMessages(MESSAGES, Date.now()));
      const page = await visit(t, `${url}/#/${view}`, { viewport, script: NOTE_SHIFTS });
      await isThere(page);
      await page.evaluate(
        "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))",
      );

      const shifts = await page.evaluate<number[]>("globalThis.shifts");
      const shifted = shifts.reduce((sum, share) => sum + share, 0);
      assert.ok(shifted < LAYOUT_SHIFT_MAX, `${shifted} of the screen moved`);
      const elements = await page.evaluate<number>("document.querySelectorAll('*').length");
      assert.ok(elements < ELEMENTS_MAX, `${elements} elements`);

      const fetched = await page.evaluate<Fetched[]>(FETCHED);
      const names = fetched.map(({ name }) => name);
      // Health looks again every few seconds, at the same.
      const asked = view === "health" ? [...new Set(names)] : names;
      assert.ok(asked.length <= REQUESTS_MAX, asked.join(" "));
      const scripts = fetched.filter(({ initiatorType }) => initiatorType === "script");
      assert.ok(scripts.length > 0);
      const bytes = scripts.reduce((sum, { transferSize }) => sum + transferSize, 0);
      assert.ok(bytes < SCRIPT_BYTES_MAX, `${bytes} bytes of script`);
      for (const { name, encodedBodySize, decodedBodySize } of fetched)
        if (/\/assets\/.*\.(?:js|css)$/.test(name)) assert.ok(encodedBodySize < decodedBodySize / 2, name);
    });
  }
}

test("the document says what it is: its language, title, width and colours, a word for who runs no script, and where its parts begin", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  const page = await visit(t, `${url}/`);
  assert.equal(await page.title(), "Messages · Lyftr");
  const has = (selector: string): Promise<number> => page.locator(selector).count();
  for (const selector of [
    "html[lang=en]",
    "meta[charset=utf-8]",
    "meta[name=viewport][content*='width=device-width']",
    "meta[name=color-scheme][content='light dark']",
    "link[rel=icon]",
    "noscript",
    "main#main",
    "h1, [role=heading][aria-level='1']",
  ])
    assert.equal(await has(selector), 1, selector);
  assert.equal(
    await has("script:not([type=module]):not([defer]):not([async])"),
    0,
    "no script holds up the page",
  );
});
