/** What arrives, and what one sees of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { post, request } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import { drawnIds, PHONE, rowsOf, startInbox, visit } from "./support/inbox-page.ts";
import { keep } from "./support/listing.ts";
import { sampleMessage } from "./support/sample.ts";

const SCRIPT = `<img src=x onerror="document.title='broken'"><script>document.title = "broken"</script> & <b>bold</b>`;

for (const engine of ENGINES) {
  test(`${engine.name}: what is acknowledged comes into the list by itself, in its place`, async (t) => {
    const { url } = await startInbox(t, engine);
    await keep(url, [{ ts: "2025-01-15T10:00:00Z" }, { ts: "2025-01-15T12:00:00Z" }]);
    const page = await visit(t, `${url}/`);
    await rowsOf(page).nth(1).waitFor();
    assert.deepEqual(await drawnIds(page), ["m1", "m0"]);

    await post(url, sampleMessage({ message_id: "newest", ts: "2025-01-15T13:00:00Z" }));
    await rowsOf(page).nth(2).waitFor();
    await post(url, sampleMessage({ message_id: "between", ts: "2025-01-15T11:00:00Z" }));
    await rowsOf(page).nth(3).waitFor();
    assert.deepEqual(await drawnIds(page), ["newest", "m1", "between", "m0"]);
    assert.equal(await page.locator(".total").textContent(), "4 messages");
  });

  test(`${engine.name}: markup in a text, an id or a search is shown as text`, async (t) => {
    const { url } = await startInbox(t, engine);
    await post(url, sampleMessage({ message_id: "<i>id</i>", text: SCRIPT }));
    const page = await visit(t, `${url}/#/messages?q=${encodeURIComponent("<b>")}`);
    await rowsOf(page).first().click();
    await page.locator(".detail-body").waitFor();
    assert.equal(await page.locator(".detail .text").textContent(), SCRIPT);
    assert.equal(await page.locator(".detail mark").textContent(), "<b>");
    assert.ok((await page.locator(".detail .facts").textContent())?.includes("<i>id</i>"));
    assert.equal(await page.title(), "Messages · Lyftr");
    assert.equal(await page.locator("img, b, i, #page script").count(), 0);
  });
}

const [SQLITE = assert.fail()] = ENGINES;

test("a message that is open shows all there is, both times, and copies each", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  const message = sampleMessage({
    message_id: "m/1 +?",
    ts: "2025-07-15T22:30:00.123456789Z",
    text: "Hello\n  there",
  });
  await post(url, message);
  const page = await visit(t, `${url}/`, { permissions: ["clipboard-read", "clipboard-write"] });
  await rowsOf(page).first().click();
  const detail = page.getByRole("region", { name: "Message" });
  await detail.getByText("2025-07-15T22:30:00.123456789Z", { exact: true }).waitFor();
  await detail.getByText("Wed, 16 July 2025 at 00:30:00 CEST", { exact: true }).waitFor();
  for (const [what, expected] of [
    ["the id", message.message_id],
    ["the sender", message.from],
    ["the recipient", message.to],
    ["the text", message.text],
    ["the JSON", JSON.stringify(message, null, 2)],
  ] as const) {
    await detail.getByRole("button", { name: `Copy ${what}` }).click();
    await detail.getByText("Copied").waitFor();
    assert.equal(await page.evaluate("navigator.clipboard.readText()"), expected, what);
    await detail.getByText("Copied").waitFor({ state: "detached" });
  }
});

test("a message is shared by its address, also where the list does not hold it", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await post(url, sampleMessage({ message_id: "m/1 +?", text: "Shared" }));
  const page = await visit(t, `${url}/#/messages?q=nothing+like+it&m=${encodeURIComponent("m/1 +?")}`);
  await page.locator(".detail .text", { hasText: "Shared" }).waitFor();
  await page.getByText("No message matches.").waitFor();
  const absent = await visit(t, `${url}/#/messages?m=absent`, { expected: /404/ });
  await absent.getByText("There is no message with this id here.").waitFor();
});

test("what others erase goes also where it is open, and the list does not hold it", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(url, [{ text: "Shared" }]);
  const page = await visit(t, `${url}/#/health`, { expected: /404/ });
  await page.clock.install();
  await page.goto(`${url}/#/messages?q=nothing+like+it&m=m0`);
  await page.locator(".detail .text", { hasText: "Shared" }).waitFor();
  assert.equal((await request(`${url}/messages/m0`, { method: "DELETE" })).status, 200);
  const gone = page.getByText("There is no message with this id here.");
  await eventually("the message is gone", async () => {
    await page.clock.runFor(5_000);
    return (await gone.count()) === 1 || undefined;
  });
});

test("whatever a message is called, it is opened and erased, or it is said why not", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  const ids = ["stream", "a\nb", "..", "100%/#?"];
  await keep(
    url,
    ids.map((message_id) => ({ message_id, text: `Called ${JSON.stringify(message_id)}` })),
  );
  const page = await visit(t, `${url}/#/messages?q=nothing+like+it&m=..`);
  await page.getByText("A browser cannot ask for a message of this id.").waitFor();
  for (const id of ids.filter((one) => one !== "..")) {
    await page.goto(`${url}/#/messages?q=nothing+like+it&m=${encodeURIComponent(id)}`);
    await page.locator(".detail .text", { hasText: `Called ${JSON.stringify(id)}` }).waitFor();
    await page.getByRole("button", { name: "Erase" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox").fill(id.replace("\n", " "));
    await dialog.getByRole("button", { name: "Erase" }).click();
    await dialog.getByRole("heading", { name: "Erased" }).waitFor();
    await page.keyboard.press("Enter");
  }
  assert.equal((await request(`${url}/stats`)).text.includes('"total_messages":1'), true);

  // Nothing typed is no consent, also where the id is nothing that can be seen.
  await keep(url, [{ message_id: "  ", text: "Called by two blanks" }]);
  await page.goto(`${url}/#/messages?q=nothing+like+it&m=++`);
  await page.locator(".detail .text", { hasText: "Called by two blanks" }).waitFor();
  await page.getByRole("button", { name: "Erase" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Erase" }).click();
  await dialog.getByText("Not the same: nothing was erased.").waitFor();
  await dialog.getByRole("textbox").fill("  ");
  await dialog.getByRole("button", { name: "Erase" }).click();
  await dialog.getByRole("heading", { name: "Erased" }).waitFor();
});

test("on a phone the message covers the list, and going back uncovers it", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(url, [{ text: "One" }, { text: "Two" }]);
  const page = await visit(t, `${url}/`, { viewport: PHONE, hasTouch: true });
  await rowsOf(page).first().tap();
  const detail = page.getByRole("region", { name: "Message" });
  await detail.waitFor();
  assert.deepEqual(await detail.boundingBox(), { x: 0, y: 0, ...PHONE });
  await page.getByRole("button", { name: "Older message" }).tap();
  await page.goBack();
  await detail.waitFor({ state: "detached" });
  assert.equal(await rowsOf(page).count(), 2);
});

test("who closes a message goes back to where it was opened from, and no key leads below what covers the page", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(url, [{ text: "One" }, { text: "Two" }]);
  const page = await visit(t, `${url}/#/statistics`, { viewport: PHONE, hasTouch: true });
  await page.getByRole("link", { name: "Messages", exact: true }).tap();
  const detail = page.getByRole("region", { name: "Message" });
  for (const row of [0, 1]) {
    await rowsOf(page).nth(row).tap();
    await detail.waitFor();
    for (const key of ["Shift+Tab", "Shift+Tab", "Shift+Tab"]) {
      await page.keyboard.press(key);
      assert.equal(await page.evaluate("document.activeElement.closest('.rail')"), null);
    }
    await detail.getByRole("button", { name: "Close the message" }).tap();
    await detail.waitFor({ state: "detached" });
    await eventually("the list has the focus", async () => {
      return (await page.evaluate("document.activeElement.getAttribute('role')")) === "listbox" || undefined;
    });
  }
  await page.goBack();
  await page.getByRole("heading", { name: "Statistics" }).waitFor();
});
