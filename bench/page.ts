/**
 * `npm run bench:page`: how soon each view of the inbox page shows what it is for, in a real browser that was never there before and in
 * one that was, at every size; what goes over the wire for it; and how smoothly its list scrolls.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../test/support/chromium.ts";
import type { Engine } from "./ingest/candidates.ts";
import { spread } from "./ingest/report.ts";
import { fileOf } from "./read/files.ts";
import { createLoad } from "./read/load.ts";
import { startOn } from "./read/servers.ts";
import { describeRun, tellResult } from "./result.ts";

/** Each with all that has to be there for the view to be of use. */
const VIEWS = [
  // What any page takes there, for comparison.
  { name: "a line of text", address: "health/live", shows: ["pre"] },
  { name: "messages", address: "#/messages", shows: [".row:not(.is-empty)"] },
  { name: "a search", address: "#/messages?q=invoice", shows: [".row:not(.is-empty) mark"] },
  { name: "statistics", address: "#/statistics", shows: [".figures dd", ".senders a", ".u-over"] },
  { name: "health", address: "#/health", shows: [".tiles dd"] },
] as const;
type View = (typeof VIEWS)[number];
const SCREEN = { viewport: { width: 1440, height: 900 }, locale: "en-GB" };

const { values: flags } = parseArgs({
  options: {
    engine: { type: "string", default: "sqlite" },
    rows: { type: "string", default: "1000,1000000" },
    rounds: { type: "string", default: "15" },
    folder: { type: "string" },
    save: { type: "string" },
  },
});
const engine: Engine = flags.engine === "postgres" ? "postgres" : "sqlite";
const rounds = Number(flags.rounds);
const folder = mkdtempSync(join(flags.folder ?? tmpdir(), "lyftr-bench-"));
// A database server may run as a user of its own.
chmodSync(folder, 0o711);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Milliseconds from the begin of the navigation, and bytes of all that was fetched until then. */
interface Opening {
  readonly firstPaintMs: number;
  readonly usefulMs: number;
  readonly scriptBytes: number;
  readonly wireBytes: number;
}

/** `useful` resolves when all that is waited for has been painted: in the task behind the frame in which it was there. */
function noteUseful(selectors: readonly string[]): string {
  return `globalThis.useful = new Promise((resolve) => {
    new MutationObserver((_, watch) => {
      if (!${JSON.stringify(selectors)}.every((one) => document.querySelector(one) !== null)) return;
      watch.disconnect();
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(0);
      });
    }).observe(document, { childList: true, subtree: true });
  });`;
}

const OPENED = `globalThis.useful.then((usefulMs) => {
  const fetched = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const sum = (some) => some.reduce((total, { transferSize }) => total + transferSize, 0);
  return {
    firstPaintMs: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
    usefulMs,
    scriptBytes: sum(fetched.filter(({ initiatorType }) => initiatorType === "script")),
    wireBytes: sum(fetched),
  };
})`;

async function opened(page: Page): Promise<Opening> {
  return page.evaluate<Opening>(OPENED);
}

/** In a browser that was never there. */
async function openFirst(browser: Browser, url: string, { address, shows }: View): Promise<Opening> {
  const context = await browser.newContext(SCREEN);
  const page = await context.newPage();
  await page.addInitScript(noteUseful(shows));
  await page.goto(`${url}/${address}`, { waitUntil: "commit" });
  const opening = await opened(page);
  await context.close();
  return opening;
}

/** Again and again in the same tab. */
async function openAgain(browser: Browser, url: string, { address, shows }: View): Promise<Opening[]> {
  const context = await browser.newContext(SCREEN);
  const page = await context.newPage();
  await page.addInitScript(noteUseful(shows));
  await page.goto(`${url}/${address}`, { waitUntil: "commit" });
  await opened(page);
  const found: Opening[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await page.reload({ waitUntil: "commit" });
    found.push(await opened(page));
  }
  await context.close();
  return found;
}

function rowOf(view: View, visited: "never" | "before", found: readonly Opening[]) {
  const of = (name: keyof Opening) =>
    spread(
      found.map((opening) => Math.round(opening[name] * 10) / 10).filter((value) => !Number.isNaN(value)),
    );
  const row = {
    view: view.name,
    visited,
    firstPaintMs: of("firstPaintMs"),
    usefulMs: of("usefulMs"),
    scriptBytes: of("scriptBytes"),
    wireBytes: of("wireBytes"),
  };
  say(`${view.name}, visited ${visited}: useful in ${Math.round(row.usefulMs?.median ?? Number.NaN)} ms`);
  return row;
}

async function openings(browser: Browser, url: string, view: View) {
  // The first is for the service and the browser to find their files.
  await openFirst(browser, url, view);
  const first: Opening[] = [];
  for (let round = 0; round < rounds; round += 1) first.push(await openFirst(browser, url, view));
  return [rowOf(view, "never", first), rowOf(view, "before", await openAgain(browser, url, view))];
}

/** One after the other, a step of the wheel in each. */
const SCROLLED_FRAMES = 300;
const FRAME_PX = 60;
const SCROLL = `(async () => {
  const list = document.querySelector(".list");
  const frame = () => new Promise(requestAnimationFrame);
  const frames = [];
  let notLoaded = 0;
  let last = await frame();
  for (let count = 0; count < ${SCROLLED_FRAMES}; count += 1) {
    list.scrollTop += ${FRAME_PX};
    const now = await frame();
    frames.push(now - last);
    last = now;
    notLoaded += document.querySelector(".row.is-empty") === null ? 0 : 1;
  }
  return { frames, notLoaded };
})()`;

/** Through the list: what a frame took, and in how many a row was not loaded yet. */
async function scroll(browser: Browser, url: string) {
  const context = await browser.newContext(SCREEN);
  const page = await context.newPage();
  await page.goto(url);
  await page.locator(".row:not(.is-empty)").first().waitFor();
  const { frames, notLoaded } = await page.evaluate<{ frames: number[]; notLoaded: number }>(SCROLL);
  await context.close();
  const sorted = Float64Array.from(frames).toSorted();
  const at = (share: number): number =>
    Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 10) / 10;
  return {
    frames: frames.length,
    medianMs: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    framesWithRowsNotLoaded: notLoaded,
  };
}

async function measure(browser: Browser, rows: number) {
  const made = await fileOf(engine, folder, { label: `${rows}`, load: createLoad(rows) }, say);
  const server = await startOn(engine, made);
  const url = `http://127.0.0.1:${server.ports[0]}`;
  try {
    const views = [];
    for (const view of VIEWS)
      for (const row of await openings(browser, url, view)) views.push({ messages: rows, ...row });
    const scrolling = { messages: rows, ...(await scroll(browser, url)) };
    say(JSON.stringify(scrolling));
    return { views, scrolling };
  } finally {
    await server.stop();
    rmSync(made, { recursive: true, force: true });
  }
}

const browser = await launchChromium();
try {
  const sizes = [];
  for (const count of flags.rows.split(",")) sizes.push(await measure(browser, Number(count)));
  const [rows, scrolling] = [sizes.flatMap(({ views }) => views), sizes.map((size) => size.scrolling)];
  const settings = { engine, rounds, browser: `Chromium ${browser.version()}`, ...SCREEN };
  tellResult({ ...describeRun("bench:page"), settings, rows, scrolling }, flags.save);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
