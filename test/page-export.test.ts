/** What the list shows, as a file: the same bytes as `lyftr export` writes. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { post } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { assertAccessible, databaseUrlOf, rowsOf, startVisited, visit } from "./support/inbox-page.ts";
import { keep } from "./support/listing.ts";
import { runProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";

const COUNT = 250;
const TEXTS = [null, "", 'a "quoted", text', "two\r\nlines", "=1+1", "\u{1F600} caf\u00e9", "plain"];
const NAMES = [
  ["CSV", "csv"],
  ["NDJSON", "ndjson"],
] as const;

async function exportAs(page: Page, name: string): Promise<{ file: string; bytes: string }> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: `Export ${name}` }).click(),
  ]);
  return { file: download.suggestedFilename(), bytes: await readFile(await download.path(), "utf8") };
}

for (const engine of ENGINES) {
  test(`${engine.name}: a view is exported as lyftr export does it, with its filters`, async (t) => {
    const cwd = tempFolder(t);
    const env = { DATABASE_URL: databaseUrlOf(await engine.locate(t)) };
    const { url } = await startVisited(t, { cwd, env });
    const at = (n: number): string => new Date(Date.parse("2025-01-15T10:00:00Z") + n * 1_000).toISOString();
    const from = (n: number): string => (n % 3 === 0 ? "+14155550101" : "+14155550102");
    await keep(
      url,
      Array.from({ length: COUNT }, (_, n) => ({
        ts: at(n),
        from: from(n),
        text: TEXTS[n % TEXTS.length] ?? null,
      })),
    );
    for (const [query, flags] of [
      ["", []],
      ["?from=%2B14155550101&q=PLAIN", ["--from", "+14155550101", "--q", "PLAIN"]],
    ] as const) {
      const page = await visit(t, `${url}/#/messages${query}`);
      await rowsOf(page).first().waitFor();
      await page.getByRole("button", { name: "More" }).click();
      for (const [name, format] of NAMES) {
        const { file, bytes } = await exportAs(page, name);
        assert.match(file, new RegExp(String.raw`^messages-20\d\d-\d\d-\d\dT\d\d-\d\d-\d\dZ\.${format}$`));
        const expected = await runProgram(["export", "--format", format, ...flags], { cwd, env });
        assert.equal(expected.code, 0, expected.stderr);
        assert.equal(bytes, expected.stdout);
      }
      const total = await page.locator(".total").textContent();
      await page.getByText(`Exported: ${/^\d+/.exec(total ?? "")?.[0]} messages`).waitFor();
      await assertAccessible(page, "exported");
    }
  });
}

test("an export tells how far it is, can be cancelled, and goes on by itself behind a failure, whatever is looked at", async (t) => {
  const [engine = assert.fail()] = ENGINES;
  const cwd = tempFolder(t);
  const env = { DATABASE_URL: databaseUrlOf(await engine.locate(t)) };
  const { url } = await startVisited(t, { cwd, env });
  await keep(
    url,
    Array.from({ length: COUNT }, (_, n) => ({ text: `text ${n}` })),
  );
  const page = await visit(t, url, { expected: /ERR_FAILED/ });
  await rowsOf(page).first().waitFor();
  await page.getByRole("button", { name: "More" }).click();
  // The network swallows what is asked for behind the first page, until it is told otherwise.
  let isAway = true;
  await page.route(/\/messages\?.*order=asc.*cursor=/, (route) =>
    isAway ? route.abort() : route.continue(),
  );
  await page.getByRole("button", { name: "Export NDJSON" }).click();
  await page.getByText("Stopped: The service does not answer.").waitFor();
  await page.getByText(`100 of ${COUNT}`).waitFor();
  assert.equal(await page.getByRole("progressbar", { name: "Exported" }).getAttribute("value"), "100");
  await assertAccessible(page, "stopped");
  // Nobody leaves by mistake what is under way.
  const [asking] = await Promise.all([
    page.waitForEvent("dialog"),
    page.evaluate("void setTimeout(() => location.reload())"),
  ]);
  assert.equal(asking.type(), "beforeunload");
  await asking.dismiss();
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByText("Stopped: The service does not answer.").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator(".export").waitFor({ state: "detached" });

  const begins = page.waitForRequest(/order=desc&limit=1$/);
  await page.getByRole("button", { name: "Export NDJSON" }).click();
  // All that was acknowledged by now is in it.
  assert.doesNotMatch((await begins).headers()["cache-control"] ?? "", /max-age=[1-9]/);
  await page.getByText("Stopped: The service does not answer.").waitFor();
  await page.getByRole("link", { name: "Health", exact: true }).click();
  await page.getByRole("heading", { name: "Health" }).waitFor();
  // What is newer than the newest when it began is not in it.
  await post(url, sampleMessage({ message_id: "later", ts: "2026-01-15T10:00:00Z" }));
  const kept = page.waitForEvent("download");
  isAway = false;
  const download = await kept;
  const lines = (await readFile(await download.path(), "utf8")).trimEnd().split("\n");
  const ids = lines.map((line) => (JSON.parse(line) as { message_id: string }).message_id);
  assert.deepEqual(ids, Array.from({ length: COUNT }, (_, n) => `m${n}`).toSorted());
});
