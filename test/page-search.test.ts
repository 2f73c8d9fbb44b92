/** Search and filters: what they find, marked, and the address that shares them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { post } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import { drawnIds, PHONE, rowsOf, startInbox, visit } from "./support/inbox-page.ts";
import { keep } from "./support/listing.ts";
import { sampleMessage } from "./support/sample.ts";

const MESSAGES = [
  { text: "Your table is booked", ts: "2025-01-15T10:00:00Z" },
  { text: "THE TABLE BY THE WINDOW", from: "+14155550101", ts: "2025-01-16T10:00:00Z" },
  { text: "Привет", ts: "2025-01-17T10:00:00Z" },
  { text: "cafe\u0301 table", to: "+442079460123", ts: "2025-01-18T10:00:00Z" },
];

for (const engine of ENGINES) {
  test(`${engine.name}: a search as it is typed is shared by its address, and left by going back`, async (t) => {
    const { url } = await startInbox(t, engine);
    await keep(url, MESSAGES);
    const page = await visit(t, `${url}/`);
    await rowsOf(page).nth(3).waitFor();
    const search = page.getByRole("searchbox", { name: "Search in the texts" });
    await search.pressSequentially("tAbLe");
    await page.getByText("3 messages found", { exact: true }).waitFor();
    assert.deepEqual(await page.locator(".row mark").allTextContents(), ["table", "TABLE", "table"]);
    await search.fill("CAFÉ");
    await page.getByText("1 message found", { exact: true }).waitFor();
    assert.deepEqual(await page.locator(".row mark").allTextContents(), ["cafe\u0301"]);

    const other = await visit(t, page.url());
    await other.getByText("1 message found", { exact: true }).waitFor();
    assert.deepEqual(await drawnIds(other), ["m3"]);
    assert.equal(await other.getByRole("searchbox").inputValue(), "CAFÉ");

    await page.goBack();
    await page.getByText("4 messages", { exact: true }).waitFor();
    assert.equal(await search.inputValue(), "");
  });
}

const [SQLITE = assert.fail()] = ENGINES;

test("sender, recipient and times narrow the list, in local time here and in UTC in the address", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(url, MESSAGES);
  const page = await visit(t, `${url}/`);
  const found = async (...ids: string[]): Promise<void> => {
    await eventually(ids.join(), async () => (await drawnIds(page)).join() === ids.join() || undefined);
  };
  await found("m3", "m2", "m1", "m0");
  await page.getByLabel("Sender").fill("+14155550101");
  await page.keyboard.press("Enter");
  await found("m1");
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByLabel("Recipient").fill("+442079460123");
  await page.keyboard.press("Tab");
  await found("m3");
  await page.getByRole("button", { name: "Clear" }).click();
  // Berlin is an hour ahead in winter.
  await page.getByLabel("Since").fill("2025-01-16T11:00");
  await found("m3", "m2", "m1");
  await page.getByLabel("Until").fill("2025-01-18T11:00");
  await found("m2", "m1");
  assert.equal(
    new URL(page.url()).hash,
    "#/messages?since=2025-01-16T10%3A00%3A00Z&until=2025-01-18T10%3A00%3A00Z",
  );
  await page.goBack();
  await found("m3", "m2", "m1");
  assert.equal(await page.getByLabel("Since").inputValue(), "2025-01-16T11:00");
});

test("what is typed into a field stays there while the list is drawn anew", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(url, MESSAGES);
  const page = await visit(t, `${url}/`);
  await page.getByText("4 messages", { exact: true }).waitFor();
  const field = page.getByLabel("Recipient");
  await field.fill("+44207946");
  await post(url, sampleMessage({ message_id: "m4", ts: "2025-01-01T10:00:00Z" }));
  await page.getByText("5 messages", { exact: true }).waitFor();
  assert.equal(await field.inputValue(), "+44207946");
});

test("a message that is open offers its sender as a filter, and nothing found offers all", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(url, MESSAGES);
  const page = await visit(t, `${url}/#/messages?m=m1`);
  await page.getByRole("button", { name: "Only sender +14155550101" }).click();
  await page.getByText("1 message found", { exact: true }).waitFor();
  await page.getByRole("searchbox").fill("nothing like it");
  await page.getByText("No message matches.").waitFor();
  await page.getByRole("button", { name: "Show all messages" }).click();
  await page.getByText("4 messages", { exact: true }).waitFor();
});

test("on a phone the filters are folded, and say how many are set", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(url, MESSAGES);
  const page = await visit(t, `${url}/#/messages?from=%2B14155550101`, { viewport: PHONE });
  const fold = page.getByRole("button", { name: "Filter (1)" });
  assert.equal(await page.getByLabel("Sender").isVisible(), false);
  await fold.click();
  assert.equal(await page.getByLabel("Sender").inputValue(), "+14155550101");
});

test("what the service does not understand in an address is said in its words", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  const page = await visit(t, `${url}/#/messages?since=yesterday`, { expected: /422/ });
  await page.getByText("since: must be an RFC 3339 date-time").waitFor();
});

test("a search that takes its time is said to, and what was found before is not called its answer", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(url, MESSAGES);
  const page = await visit(t, `${url}/`, { expected: /503/ });
  await page.getByText("4 messages", { exact: true }).waitFor();
  const late = Promise.withResolvers<void>();
  await page.route(/\/messages\?.*q=/, async (route) => {
    await late.promise;
    await route.continue();
  });
  await page.getByRole("searchbox").fill("table");
  await page.getByText("Looking…", { exact: true }).waitFor();
  assert.equal(await page.getByRole("listbox").getAttribute("aria-busy"), "true");
  late.resolve();
  await page.getByText("3 messages found", { exact: true }).waitFor();
  assert.equal(await page.getByRole("listbox").getAttribute("aria-busy"), "false");
});

test("a time that is typed by its digits counts once it is whole, and is one step back", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(url, [{ ts: "2025-02-01T10:00:00Z" }, { ts: "2025-02-03T10:00:00Z" }]);
  const page = await visit(t, `${url}/`);
  await page.getByText("2 messages", { exact: true }).waitFor();
  const before = await page.evaluate<number>("history.length");
  await page.getByLabel("Since").focus();
  // The same in whatever order and by whichever clock the browser asks for it.
  await page.keyboard.type("02022025");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.type("1111AM");
  await page.getByText("1 message found", { exact: true }).waitFor();
  assert.equal(await page.getByLabel("Since").inputValue(), "2025-02-02T11:11");
  assert.match(page.url(), /since=2025-02-02T10%3A11%3A00Z/);
  assert.equal(await page.evaluate("history.length"), before + 1);

  // Its year alone: the third field in any order. On the way to 2024 there are the years 2, 20 and 202.
  await page.getByLabel("Sender").focus();
  await page.getByLabel("Since").focus();
  for (const key of ["ArrowRight", "ArrowRight", "2", "0", "2", "4"]) await page.keyboard.press(key);
  await page.getByText("2 messages found", { exact: true }).waitFor();
  assert.equal(await page.getByLabel("Since").inputValue(), "2024-02-02T11:11");
  assert.equal(await page.evaluate("history.length"), before + 2);
  await page.goBack();
  await page.getByText("1 message found", { exact: true }).waitFor();
  await page.goBack();
  await page.getByText("2 messages", { exact: true }).waitFor();
  assert.equal(await page.getByLabel("Since").inputValue(), "");
});
