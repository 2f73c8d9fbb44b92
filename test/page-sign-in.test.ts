/** With API tokens: nothing is shown to who has none, and what a session may do is what its token may. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { post } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { rowsOf, startInbox, visit } from "./support/inbox-page.ts";
import { sampleMessage } from "./support/sample.ts";

const READER = "reader-0123456789abcdef";
const ADMIN = "admin-0123456789abcdef";
const API_TOKENS = `grafana:read:${READER} ops:admin:${ADMIN}`;
const EXPECTED = /401/;

for (const engine of ENGINES) {
  test(`${engine.name}: a wrong token is refused, a right one shows the inbox, and signing out hides it`, async (t) => {
    const { url } = await startInbox(t, engine, { API_TOKENS });
    await post(url, sampleMessage({ text: "For those who may" }));
    const page = await visit(t, `${url}/#/messages?q=those`, { expected: EXPECTED });
    const field = page.getByLabel("API token");
    await field.fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("This token is not known here.").waitFor();
    assert.equal(await page.getByText("For those who may").count(), 0);
    await field.fill(READER);
    await page.keyboard.press("Enter");
    await rowsOf(page).filter({ hasText: "For those who may" }).waitFor();

    // The session outlives a reload, and is the tab's alone.
    await page.reload();
    await rowsOf(page).first().waitFor();
    assert.equal(await page.evaluate("Object.keys(localStorage).length + document.cookie.length"), 0);
    const other = await visit(t, page.url(), { expected: EXPECTED });
    await other.getByLabel("API token").waitFor();

    await page.getByRole("button", { name: "Sign out" }).click();
    await field.waitFor();
    assert.equal(await rowsOf(page).count(), 0);
    await page.reload();
    await field.waitFor();
  });
}

test("who is signed in, and what they may, is said; without tokens nobody signs in or out", async (t) => {
  const [engine = assert.fail()] = ENGINES;
  const { url } = await startInbox(t, engine, { API_TOKENS });
  for (const [token, words] of [
    [READER, "grafana, who may read"],
    [ADMIN, "ops, who may read and erase"],
  ] as const) {
    const page = await visit(t, url, { expected: EXPECTED });
    await page.getByLabel("API token").fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByTitle(words, { exact: true }).waitFor();
  }
  const open = await visit(t, (await startInbox(t, engine)).url);
  await open.getByRole("heading", { name: "Nothing here yet" }).waitFor();
  assert.equal(await open.getByRole("button", { name: "Sign out" }).count(), 0);
});
