/** The inbox page in a real browser, on the real program. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import type { StoreLocation } from "../../src/store-location.ts";
import { launchChromium } from "./chromium.ts";
import type { Engine } from "./engines.ts";
import { PROJECT, type RunningProgram, startProgram } from "./program.ts";
import { tempFolder } from "./temp.ts";

/** Where the pictures of the views are left. */
const PICTURES = join(PROJECT, "dist", "pictures");
const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core")), "utf8");
/** Of WCAG 2.2 it looks only at what it is told to. */
const AXE_OPTIONS = { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } };
const WIDE = { width: 1440, height: 900 };
/** What a browser says of a connection that a kill cut off, and of those that nobody takes. */
export const AWAY =
  /ERR_(?:CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)|50[23]/;
export const PHONE = { width: 390, height: 844 };

let launching: Promise<Browser> | undefined;

/** One browser for all tests of the file. */
function sharedBrowser(): Promise<Browser> {
  return (launching ??= launchChromium());
}

after(async () => {
  if (launching !== undefined) await (await launching).close();
});

interface Visit {
  readonly close: () => Promise<void>;
  readonly complaints: readonly string[];
}

const visitsOf = new WeakMap<TestContext, Visit[]>();

/** The program, which the visits of the test do not outlive: without it the browser complains of each question. */
export async function startVisited(
  t: TestContext,
  options: Parameters<typeof startProgram>[1],
): Promise<RunningProgram> {
  const visits = visitsOf.get(t) ?? [];
  visitsOf.set(t, visits);
  t.after(async () => {
    for (const { close } of visits) await close();
  });
  const program = await startProgram(t, options);
  // Once all is closed: what comes behind a hook that fails is left out.
  t.after(() => {
    for (const { complaints } of visits) assert.deepEqual(complaints, []);
  });
  return program;
}

export interface RunningInbox extends RunningProgram {
  readonly location: StoreLocation;
}

/** Likewise, on an empty database of an engine. */
export async function startInbox(
  t: TestContext,
  engine: Engine,
  env: Record<string, string> = {},
): Promise<RunningInbox> {
  const location = await engine.locate(t);
  const own = { DATABASE_URL: databaseUrlOf(location), ...env };
  return { location, ...(await startVisited(t, { cwd: tempFolder(t), env: own })) };
}

export function databaseUrlOf(location: StoreLocation): string {
  return location.engine === "sqlite" ? `sqlite:///${location.path}` : location.url;
}

interface VisitOptions extends BrowserContextOptions {
  /** What the browser may complain of: it writes of each answer that is no success, and the test is about such. */
  readonly expected?: RegExp;
  /** Runs before any of the page's own. */
  readonly script?: string;
}

/**
 * Opens an address of the service as a person would who was never there. When the test ends, it fails if the page asked anybody else for
 * anything, broke its own policy, or had the browser complain.
 */
export async function visit(t: TestContext, address: string, options: VisitOptions = {}): Promise<Page> {
  const { expected, script = "", ...contextOptions } = options;
  const browser = await sharedBrowser();
  const context = await browser.newContext({
    viewport: WIDE,
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    reducedMotion: "reduce",
    ...contextOptions,
  });
  await context.addInitScript(AXE);
  await context.addInitScript(script);
  const page = await context.newPage();
  const complaints: string[] = [];
  const { origin } = new URL(address);
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) complaints.push(`asked for ${request.url()}`);
  });
  page.on("pageerror", (error) => complaints.push(String(error.stack)));
  page.on("console", (message) => {
    const told = ["error", "warning"].includes(message.type()) && !expected?.test(message.text());
    if (told) complaints.push(`${message.type()}: ${message.text()}`);
  });
  const visits = visitsOf.get(t);
  assert.ok(visits !== undefined, "the program is to be started by startVisited or startInbox");
  visits.push({ close: () => context.close(), complaints });
  await page.goto(address);
  // Loaded is not drawn: what is asked for first may be waited for.
  await page.locator("#page > *").first().waitFor();
  return page;
}

/** The rows that are drawn. */
export function rowsOf(page: Page): Locator {
  return page.getByRole("listbox", { name: "Messages" }).getByRole("option");
}

/** Stands for the id of a row that is drawn and not loaded. */
export const NOT_LOADED = "not loaded";

/** The ids of the rows that are drawn, in their order in the list. */
export async function drawnIds(page: Page, rows = "[role=option]"): Promise<string[]> {
  const drawn = await page.evaluate<[place: string | null, id: string | undefined][]>(
    `Array.from(document.querySelectorAll('${rows}'), (row) => [row.ariaPosInSet, row.dataset.id])`,
  );
  return drawn.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, id]) => id ?? NOT_LOADED);
}

/** What axe-core has against what the page shows now, by WCAG 2.2 AA and its best practices. */
export async function assertAccessible(page: Page, what: string): Promise<void> {
  const found = await page.evaluate<{
    violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
  }>(`axe.run(document, ${JSON.stringify(AXE_OPTIONS)})`);
  const told = found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${what}: ${id}: ${html}\n${failureSummary}`),
  );
  assert.deepEqual(told, []);
}

/** Leaves a picture of what the page shows. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}
