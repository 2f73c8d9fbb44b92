/** Erasing from the page: asked for by typing, offered to who may, and gone for good. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { request } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import { assertAccessible, drawnIds, rowsOf, startInbox, visit } from "./support/inbox-page.ts";
import { keep } from "./support/listing.ts";

const READER = "reader-0123456789abcdef";
const ADMIN = "admin-0123456789abcdef";
const API_TOKENS = `grafana:read:${READER} ops:admin:${ADMIN}`;
const PERSON = "+14155550101";

async function until(page: Page, ids: readonly string[]): Promise<void> {
  await eventually(
    `the rows ${ids.join()}`,
    async () => (await drawnIds(page)).join() === ids.join() || undefined,
  );
}

async function typeInto(dialog: Locator, typed: string): Promise<void> {
  await dialog.getByRole("textbox").fill(typed);
  await dialog.getByRole("button", { name: "Erase" }).click();
}

for (const engine of ENGINES) {
  test(`${engine.name}: one message, and all of a sender, are erased once their id or number is typed`, async (t) => {
    const { url } = await startInbox(t, engine);
    const of = (from: string, second: number) => ({ from, ts: `2025-01-15T10:00:0${second}Z` });
    await keep(url, [of(PERSON, 0), of(PERSON, 1), of("+14155550102", 2), of(PERSON, 3)]);
    const page = await visit(t, `${url}/#/messages?m=m3`);
    await until(page, ["m3", "m2", "m1", "m0"]);
    const dialog = page.getByRole("dialog");

    await page.getByRole("button", { name: "Erase" }).click();
    await typeInto(dialog, "m2");
    await dialog.getByText("Not the same: nothing was erased.").waitFor();
    await assertAccessible(page, "erase");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.equal((await request(`${url}/messages/m3`)).status, 200);

    await page.getByRole("button", { name: "Erase" }).click();
    await typeInto(dialog, "m3");
    await dialog.getByText(/^1 message and 0 records of conflicts, at 20\d\d-\d\d-\d\dT[\d:.]+Z$/).waitFor();
    assert.equal((await request(`${url}/messages/m3`)).status, 404);
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Message" }).waitFor({ state: "detached" });
    await until(page, ["m2", "m1", "m0"]);

    await page.getByRole("button", { name: "More" }).click();
    assert.equal(await page.getByRole("button", { name: "Erase all" }).count(), 0, "it is not said whose");
    await page.getByLabel("Sender").fill(PERSON);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: `Erase all of ${PERSON}` }).click();
    await dialog.getByText(`2 messages with the sender ${PERSON} will be gone.`).waitFor();
    await typeInto(dialog, "+1415555010");
    await dialog.getByText("Not the same: nothing was erased.").waitFor();
    await typeInto(dialog, PERSON);
    await dialog.getByText(/^2 messages and 0 records of conflicts, at /).waitFor();
    await assertAccessible(page, "receipt");
    await dialog.getByRole("button", { name: "Close" }).click();
    await page.getByText("No message matches.").waitFor();
    await page.getByRole("button", { name: "Show all messages" }).click();
    await until(page, ["m2"]);
  });
}

test("erasing is offered only where all of one party is shown, and only to who may", async (t) => {
  const [engine = assert.fail()] = ENGINES;
  const { url } = await startInbox(t, engine, { API_TOKENS });
  await keep(url, [{ from: PERSON, text: "hello" }]);
  for (const [token, offered] of [
    [READER, 0],
    [ADMIN, 1],
  ] as const) {
    const page = await visit(t, `${url}/#/messages?from=%2B14155550101&m=m0`, { expected: /401/ });
    await page.getByLabel("API token").fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await rowsOf(page).first().waitFor();
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("button", { name: "Export CSV" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Erase", exact: true }).count(), offered);
    const all = page.getByRole("button", { name: "Erase all of" });
    assert.equal(await all.count(), offered);
    await page.getByRole("searchbox").fill("hello");
    await page.locator(".row mark").waitFor();
    assert.equal(await all.count(), 0);
  }
});
