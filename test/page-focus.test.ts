/** Whoever uses the keys, or listens, is never thrown back to the beginning, and is told what there is to be told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { post, request } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import { drawnIds, PHONE, rowsOf, startInbox, visit } from "./support/inbox-page.ts";
import { keep } from "./support/listing.ts";
import { sampleMessage } from "./support/sample.ts";

const [SQLITE = assert.fail()] = ENGINES;
const ADMIN = "admin-0123456789abcdef";
const MANY = 450;

function focused(page: Page): Promise<string> {
  return page.evaluate<string>("document.activeElement.id || document.activeElement.textContent.trim()");
}

function secondsLater(seconds: number): string {
  return new Date(Date.parse("2025-01-15T10:00:00Z") + seconds * 1_000).toISOString();
}

test("an export, cancelled or done, leaves the focus at its buttons", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(
    url,
    Array.from({ length: 250 }, () => ({})),
  );
  const page = await visit(t, url);
  await page.getByRole("button", { name: "More", exact: true }).press("Enter");
  let isHeld = true;
  await page.route(/order=asc/, async (route) => {
    await eventually("to be let through", () => !isHeld || undefined);
    await route.continue();
  });
  const csv = page.getByRole("button", { name: "Export CSV" });
  await csv.press("Enter");
  await page.getByText("Exporting").waitFor();
  assert.equal(await focused(page), "Export CSV");
  // One is under way: another does not begin.
  await page.getByRole("button", { name: "Export NDJSON" }).press("Enter");
  await page.getByRole("button", { name: "Cancel" }).press("Enter");
  await page.locator(".export").waitFor({ state: "detached" });
  assert.match(await focused(page), /^Export /);
  isHeld = false;
  const kept = page.waitForEvent("download");
  await csv.press("Enter");
  await kept;
  assert.equal(await focused(page), "Export CSV");
});

test("another view, and signing in or out, begins where it can be gone on from", async (t) => {
  const { url } = await startInbox(t, SQLITE, { API_TOKENS: `ops:admin:${ADMIN}` });
  await post(url, sampleMessage());
  const page = await visit(t, url, { expected: /401/ });
  const field = page.getByLabel("API token");
  await field.fill(ADMIN);
  await page.keyboard.press("Enter");
  await rowsOf(page).first().waitFor();
  await eventually("the focus in the view", async () => (await focused(page)) === "main" || undefined);
  await page.getByRole("link", { name: "Statistics" }).press("Enter");
  await page.locator(".senders a").first().press("Enter");
  await rowsOf(page).first().waitFor();
  await eventually("the focus in the view", async () => (await focused(page)) === "main" || undefined);
  await page.getByRole("button", { name: "Sign out" }).press("Enter");
  await field.waitFor();
  await page.locator("input[name=token]:focus").waitFor();
});

test("more of a list in Health goes on where it ended, and a failed erasure where it was asked for", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  for (let count = 0; count < 12; count += 1) await post(url, { message_id: `bad${count}` });
  await post(url, sampleMessage());
  const page = await visit(t, `${url}/#/health`, { expected: /503/ });
  await page.getByRole("button", { name: "Show more" }).press("Enter");
  await page.getByText("12 of late").waitFor();
  await page.keyboard.press("Tab");
  assert.equal(
    await page.evaluate("document.activeElement.closest('li') === document.querySelectorAll('.entry')[10]"),
    true,
  );

  await page.goto(`${url}/#/messages?m=m1`);
  await page.route(/\/messages\/m1$/, (route) =>
    route.request().method() === "DELETE"
      ? route.fulfill({ status: 503, json: { detail: "later" } })
      : route.continue(),
  );
  await page.getByRole("button", { name: "Erase" }).press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("m1");
  await dialog.getByRole("button", { name: "Erase" }).press("Enter");
  await dialog.getByText("later").waitFor();
  assert.equal(await focused(page), "Erase");
});

test("from a message far from what is loaded, the next are its neighbours; at the end there is none", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(
    url,
    Array.from({ length: MANY }, (_, n) => ({ ts: secondsLater(n), text: `text ${n}` })),
  );
  const page = await visit(t, `${url}/#/messages?m=m10`);
  const [newer, older] = [
    page.getByRole("button", { name: "Newer message" }),
    page.getByRole("button", { name: "Older message" }),
  ];
  const isOpen = (n: number): Promise<void> =>
    page.locator(".detail .text", { hasText: new RegExp(`^text ${n}$`) }).waitFor();
  await isOpen(10);
  await rowsOf(page).first().waitFor();
  await older.press("Enter");
  await isOpen(9);
  await newer.press("Enter");
  await isOpen(10);
  await page.keyboard.press("k");
  await isOpen(11);
  const said = page.locator(".detail").getByRole("status").first();
  assert.match((await said.textContent()) ?? "", /^From \+\d+, .* 2025 at /);
  await page.goto(`${url}/#/messages?m=m${MANY - 1}`);
  await isOpen(MANY - 1);
  await eventually(
    "no newer one",
    async () => (await newer.getAttribute("aria-disabled")) === "true" || undefined,
  );
  assert.equal(await older.getAttribute("aria-disabled"), "false");
});

test("a step that is answered late opens nothing for who has gone elsewhere meanwhile", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(
    url,
    Array.from({ length: MANY }, (_, n) => ({ ts: secondsLater(n), text: `text ${n}` })),
  );
  const page = await visit(t, `${url}/#/messages?m=m10`);
  await page.locator(".detail .text", { hasText: "text 10" }).waitFor();
  await rowsOf(page).first().waitFor();
  let [isHeld, answered] = [true, 0];
  await page.route(/limit=1&cursor=/, async (route) => {
    await eventually("to be let through", () => !isHeld || undefined);
    await route.continue().catch(() => undefined);
    answered += 1;
  });
  const asked = page.waitForRequest(/limit=1&cursor=/);
  await page.getByRole("button", { name: "Older message" }).click();
  await asked;
  await page.keyboard.press("Escape");
  await page.locator(".detail").waitFor({ state: "detached" });
  isHeld = false;
  await eventually("the late answer", () => answered === 1 || undefined);
  // What is asked for behind it is answered behind it.
  await post(url, sampleMessage({ message_id: "behind", ts: secondsLater(MANY) }));
  await rowsOf(page).and(page.locator("[data-id=behind]")).waitFor();
  assert.equal(await page.locator(".detail").count(), 0);
});

test("from a message that others erase while it is open, the keys go on where it was", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(
    url,
    Array.from({ length: 9 }, (_, n) => ({ ts: secondsLater(n), text: `text ${n}` })),
  );
  const page = await visit(t, url, { expected: /404/ });
  await rowsOf(page).nth(4).click();
  await page.locator(".detail .text", { hasText: "text 4" }).waitFor();
  assert.equal((await request(`${url}/messages/m4`, { method: "DELETE" })).status, 200);
  await page.getByText("There is no message with this id here.").waitFor();
  await page.keyboard.press("j");
  await page.locator(".detail .text", { hasText: /^text [23]$/ }).waitFor();
});

test("on a phone the list of a sender is shown, not left behind the message", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(url, [{ from: "+111" }, { from: "+222" }]);
  const page = await visit(t, `${url}/#/messages?m=m1`, { viewport: PHONE, hasTouch: true });
  await page.getByRole("button", { name: "Only sender +222" }).tap();
  await page.locator(".total", { hasText: "1 message found" }).waitFor();
  assert.equal(await page.locator(".detail").count(), 0);
});

test("what arrives is told now and then, and pausing at once", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(url, [{ ts: secondsLater(0) }]);
  const page = await visit(t, `${url}/#/health`);
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 60_000);
  await page.getByRole("link", { name: "Messages", exact: true }).click();
  const said = page.locator(".list-head").getByRole("status");
  const isSaid = (words: string): Promise<true> =>
    eventually(`"${words}" to be said`, async () => {
      await page.clock.runFor(50);
      return (await said.textContent()) === words || undefined;
    });
  await isSaid("Listed: 1 message");
  for (let n = 1; n <= 5; n += 1) {
    await post(url, sampleMessage({ message_id: `later ${n}`, ts: secondsLater(n) }));
    await eventually(`${n} more`, async () => {
      await page.clock.runFor(50);
      return (await drawnIds(page)).length === n + 1 || undefined;
    });
    assert.equal(await said.textContent(), "Listed: 1 message");
  }
  await page.clock.runFor(10_000);
  await isSaid("5 new messages");
  await page.keyboard.press("p");
  await isSaid("Paused: what arrives is counted");
});

test("a time without its date's end is asked for, a number is taken as it is written, and Escape leaves a field as it was", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(url, [{ from: "+447700900100" }, { from: "+222" }]);
  const page = await visit(t, url);
  const sender = page.getByLabel("Sender");
  await sender.fill("+44 (7700) 900-100");
  await page.keyboard.press("Enter");
  await page.locator(".total", { hasText: "1 message found" }).waitFor();
  assert.equal(await sender.inputValue(), "+447700900100");
  await sender.fill("+44770");
  await page.keyboard.press("Escape");
  await page.getByRole("searchbox").focus();
  assert.equal(await sender.inputValue(), "+447700900100");
  assert.match(page.url(), /from=%2B447700900100/);
  const since = page.getByLabel("Since");
  await since.focus();
  await page.keyboard.type("11202026");
  await page.getByRole("searchbox").focus();
  await page.getByText("A date and a time are needed").waitFor();
  assert.equal(await since.getAttribute("aria-invalid"), "true");
});
