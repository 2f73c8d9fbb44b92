/** Every action without a pointer, and where the focus is meanwhile. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { request } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import { rowsOf, startInbox, visit } from "./support/inbox-page.ts";
import { keep } from "./support/listing.ts";

const [SQLITE = assert.fail()] = ENGINES;

async function inbox(t: Parameters<typeof visit>[0]): Promise<Page> {
  const { url } = await startInbox(t, SQLITE);
  await keep(
    url,
    Array.from({ length: 40 }, (_, n) => ({ text: `text ${n}`, ts: `2025-01-15T10:00:${String(n + 10)}Z` })),
  );
  const page = await visit(t, url);
  await rowsOf(page).first().waitFor();
  return page;
}

/** The text of the row that the keys are at. */
async function activeText(page: Page): Promise<string> {
  const id = await page.getByRole("listbox").getAttribute("aria-activedescendant");
  return id === null ? "" : ((await page.locator(`#${id} .row-text`).textContent()) ?? "");
}

async function until(page: Page, text: string): Promise<void> {
  await eventually(`the keys to be at ${text}`, async () => (await activeText(page)) === text || undefined);
}

test("j, k and the arrows go through the list, Enter opens, j goes on to the next, Escape closes", async (t) => {
  const page = await inbox(t);
  for (const key of ["j", "j", "ArrowDown", "k"]) await page.keyboard.press(key);
  await until(page, "text 38");
  await page.keyboard.press("Enter");
  const text = page.locator(".detail .text");
  await text.filter({ hasText: "text 38" }).waitFor();
  assert.equal(await page.evaluate("document.activeElement.id"), "detail-title");
  await page.keyboard.press("j");
  await text.filter({ hasText: "text 37" }).waitFor();
  await page.keyboard.press("Escape");
  await text.waitFor({ state: "detached" });
  assert.equal(await page.evaluate("document.activeElement.getAttribute('role')"), "listbox");
  await page.keyboard.press("End");
  await until(page, "text 0");
  await page.keyboard.press("PageUp");
  await page.keyboard.press("Home");
  await until(page, "text 39");
});

test("from a message that was opened by its address, j goes on to the next", async (t) => {
  const page = await inbox(t);
  await page.goto(`${page.url()}#/messages?m=m30`);
  await page.reload();
  await page.locator(".row.is-active").waitFor();
  await page.keyboard.press("j");
  await page.locator(".detail .text", { hasText: "text 29" }).waitFor();
});

test("slash is the search, Escape leaves it, and what is typed into it is no command", async (t) => {
  const page = await inbox(t);
  await page.keyboard.press("/");
  await page.keyboard.type("j/?text 7");
  assert.equal(await page.getByRole("searchbox").inputValue(), "j/?text 7");
  await page.getByRole("searchbox").fill("text 7");
  await page.getByText("1 message found", { exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await until(page, "text 7");
});

test("a question mark lists the keys; there they can be switched off", async (t) => {
  const page = await inbox(t);
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keys" });
  await dialog.waitFor();
  await dialog.getByLabel("Keys of one character are on").uncheck();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await page.keyboard.press("?");
  await page.keyboard.press("j");
  assert.equal(await activeText(page), "");
  assert.equal(await dialog.isVisible(), false);
});

test("Tab reaches everything in the order of the page, and each shows that it is focused", async (t) => {
  const page = await inbox(t);
  const reached: string[] = [];
  for (let count = 0; count < 12; count += 1) {
    await page.keyboard.press("Tab");
    const [name, outline] = await page.evaluate<[string, string]>(
      `(() => {
        const one = document.activeElement;
        const named = one.labels?.[0]?.textContent ?? one.getAttribute("aria-label") ?? one.textContent;
        return [named.trim(), getComputedStyle(one).outlineStyle];
      })()`,
    );
    if (reached.at(-1) !== name) reached.push(name);
    assert.notEqual(outline, "none", name);
  }
  assert.deepEqual(reached.slice(0, 9), [
    "Skip to the content",
    "Messages",
    "Statistics",
    "Health",
    "Keys",
    "Search in the texts/",
    "Sender",
    "Recipient",
    "Since",
  ]);
});

test("what is not in the list any more is not opened: another list has no row that the keys are at", async (t) => {
  const page = await inbox(t);
  for (const key of ["j", "j", "j"]) await page.keyboard.press(key);
  await until(page, "text 37");
  await page.keyboard.press("/");
  await page.keyboard.type("text 1");
  await page.getByText("11 messages found", { exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await until(page, "");
  await page.keyboard.press("Enter");
  await page.keyboard.press("j");
  await until(page, "text 19");
  assert.equal(await page.locator(".detail").count(), 0);
});

test("when the message that the keys are at is erased, they are at the one in its place", async (t) => {
  const page = await inbox(t);
  for (const key of ["j", "j"]) await page.keyboard.press(key);
  await until(page, "text 38");
  const { origin } = new URL(page.url());
  assert.equal((await request(`${origin}/messages/m38`, { method: "DELETE" })).status, 200);
  await until(page, "text 37");
  await page.keyboard.press("Enter");
  await page.locator(".detail .text", { hasText: "text 37" }).waitFor();
});

test("buttons that go when they are used leave the focus where it is of use", async (t) => {
  const page = await inbox(t);
  const focused = (): Promise<string> =>
    page.evaluate<string>("document.activeElement.getAttribute('type') ?? document.activeElement.tagName");
  await page.getByRole("searchbox").fill("no such text");
  await page.getByRole("button", { name: "Show all messages" }).press("Enter");
  await rowsOf(page).first().waitFor();
  assert.equal(await focused(), "search");
  await page.getByRole("searchbox").fill("text 7");
  await page.getByText("1 message found", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Clear" }).press("Enter");
  await page.getByText("40 messages", { exact: true }).waitFor();
  assert.equal(await focused(), "search");
});
