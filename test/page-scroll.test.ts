/** The list is scrolled through from one end to the other, whatever arrives meanwhile. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { Message } from "../src/message.ts";
import { post } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import { drawnIds, NOT_LOADED, rowsOf, startInbox, startVisited, visit } from "./support/inbox-page.ts";
import { runProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";

/** Posts that are on their way at once. */
const LANES = 16;
const WHEEL_PX = 1_500;

/** Message number n of a time, one a second. */
function numbered(prefix: string, count: number, from: string): Message[] {
  const start = Date.parse(from);
  return Array.from({ length: count }, (_, n) =>
    sampleMessage({
      message_id: `${prefix}${n}`,
      ts: new Date(start + n * 1_000).toISOString(),
      text: `${prefix} ${n}`,
    }),
  );
}

async function send(url: string, messages: readonly Message[]): Promise<void> {
  const rest = messages.values();
  const lane = async (): Promise<void> => {
    for (const message of rest) assert.equal((await post(url, message)).status, 200);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** The ids that are drawn, once each of them is loaded and they are others than before. */
function settledIds(page: Page, before: readonly string[] = []): Promise<string[]> {
  return eventually("rows that are all loaded", async () => {
    // One look at both: a row may come to be empty between two.
    const ids = await drawnIds(page, ".list .row");
    return ids.length === 0 || ids.includes(NOT_LOADED) || ids.join() === before.join() ? undefined : ids;
  });
}

/** Turns the wheel, and returns what is drawn when that has shown. Nothing else may change what is drawn meanwhile. */
async function step(page: Page, wheelPx: number, before: readonly string[]): Promise<string[]> {
  await page.mouse.wheel(0, wheelPx);
  return settledIds(page, before);
}

for (const engine of ENGINES) {
  test(`${engine.name}: of 3,000 messages none is skipped or repeated while 1,000 arrive, down and up again`, async (t) => {
    const { url } = await startInbox(t, engine);
    const before = numbered("old", 3_000, "2025-01-15T10:00:00Z");
    await send(url, before);
    const page = await visit(t, `${url}/`, { viewport: { width: 1440, height: 1600 } });
    await rowsOf(page).first().waitFor();
    await rowsOf(page).first().hover();

    const arriving = numbered("new", 1_000, "2025-02-01T10:00:00Z");
    const expected = before.map(({ message_id }) => message_id).toReversed();
    const seen = new Set<string>();
    let ids = await settledIds(page);
    for (const id of ids) seen.add(id);
    // At the very top the arrivals would be let in, and change what is drawn as the wheel does.
    ids = await step(page, WHEEL_PX, ids);
    const arrived = send(url, arriving);
    while (!seen.has("old0")) {
      const old = ids.filter((id) => id.startsWith("old"));
      const from = Math.max(0, expected.indexOf(old[0] ?? ""));
      assert.deepEqual(
        old,
        expected.slice(from, from + old.length),
        "neighbours in the list are drawn as such",
      );
      for (const id of old) seen.add(id);
      if (!seen.has("old0")) ids = await step(page, WHEEL_PX, ids);
    }
    await arrived;
    assert.deepEqual([...seen], expected);

    await page.getByText("4,000 messages", { exact: true }).waitFor();
    const all = [...before, ...arriving].map(({ message_id }) => message_id);
    const upwards = new Set(ids.toReversed());
    while (!upwards.has("new999")) {
      ids = await step(page, -WHEEL_PX, ids);
      for (const id of ids.toReversed()) upwards.add(id);
    }
    assert.deepEqual([...upwards], all);
  });
}

test("what arrives while the newest are out of sight is counted, and one click away", async (t) => {
  const [engine = assert.fail()] = ENGINES;
  const { url } = await startInbox(t, engine);
  await send(url, numbered("old", 200, "2025-01-15T10:00:00Z"));
  const page = await visit(t, `${url}/`);
  await rowsOf(page).first().hover();
  await page.mouse.wheel(0, 3_000);
  await rowsOf(page).filter({ hasText: "old 140" }).first().waitFor();
  const inSight = await rowsOf(page).filter({ hasText: "old 140" }).first().boundingBox();

  await send(url, numbered("new", 3, "2025-02-01T10:00:00Z"));
  const button = page.getByRole("button", { name: "3 new messages" });
  await button.waitFor();
  const still = await rowsOf(page).filter({ hasText: "old 140" }).first().boundingBox();
  assert.deepEqual(still, inSight, "what is read stays where it is");
  await button.click();
  await rowsOf(page).filter({ hasText: "new 2" }).waitFor();
  await button.waitFor({ state: "detached" });
});

test("150,000 messages, more than an element can be high: the ends, the middle, and small steps", async (t) => {
  const COUNT = 150_000;
  const cwd = tempFolder(t);
  const env = { DATABASE_URL: `sqlite:///${join(cwd, "app.db")}` };
  const lines = numbered("n", COUNT, "2025-01-01T00:00:00Z").map((message) => JSON.stringify(message));
  writeFileSync(join(cwd, "messages.ndjson"), lines.join("\n"));
  const imported = await runProgram(["import", "messages.ndjson"], { cwd, env });
  assert.equal(imported.code, 0, imported.stderr);
  const { url } = await startVisited(t, { cwd, env });
  const page = await visit(t, `${url}/`);
  await page.getByText("150,000 messages", { exact: true }).waitFor();
  const list = page.getByRole("listbox");
  await list.focus();

  await page.keyboard.press("End");
  await rowsOf(page).filter({ hasText: /n 0$/ }).waitFor();
  await page.evaluate(
    "((list) => void (list.scrollTop = list.scrollHeight / 2))(document.querySelector('.list'))",
  );
  await rowsOf(page)
    .filter({ hasText: /n 7[45]\d\d\d$/ })
    .first()
    .waitFor();
  const expected = Array.from({ length: COUNT }, (_, n) => `n${COUNT - 1 - n}`);
  const first = expected.indexOf((await settledIds(page))[0] ?? "");
  assert.ok(Math.abs(first - COUNT / 2) < 300, `${first}`);

  await rowsOf(page).nth(8).hover();
  let ids = await settledIds(page);
  for (let count = 0; count < 40; count += 1) {
    const from = expected.indexOf(ids[0] ?? "");
    ids = await step(page, 290, ids);
    assert.equal(expected.indexOf(ids[0] ?? ""), from + 5, "290 pixels are five rows");
    assert.deepEqual(ids, expected.slice(from + 5, from + 5 + ids.length));
  }
  assert.ok((await rowsOf(page).count()) < 50, "what is out of sight is not drawn");
  await page.keyboard.press("g");
  await rowsOf(page)
    .filter({ hasText: /n 149999$/ })
    .waitFor();
});
