/** The health of the service, as the page tells it: ready or why not, what was refused, and what came with other content. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { post } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import { startInbox, startVisited, visit } from "./support/inbox-page.ts";
import { keep } from "./support/listing.ts";
import { setNewerSchema } from "./support/newer-schema.ts";
import { sampleMessage } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";

const [SQLITE = assert.fail()] = ENGINES;
const WRONG = { "x-signature": "0".repeat(64) };
const REASON = "the signature is not that of the body under any accepted secret";

function section(page: Page, title: string): Locator {
  return page.getByRole("region", { name: title, exact: true });
}

function tile(page: Page, name: string): Locator {
  return page.locator(".tile", { has: page.getByText(name, { exact: true }) });
}

async function wordIs(page: Page, word: string): Promise<void> {
  await page.locator(".readiness-word").getByText(word, { exact: true }).waitFor();
}

for (const engine of ENGINES) {
  test(`${engine.name}: a refused request comes up with its reason, and unfolds what is known of it, in the address too`, async (t) => {
    const { url } = await startInbox(t, engine);
    const page = await visit(t, `${url}/#/health`);
    await wordIs(page, "Ready");
    const refused = section(page, "Refused requests");
    await refused.getByText("None of late").waitFor();
    const { headers } = await post(url, sampleMessage(), WRONG);
    await post(url, { message_id: "m2" });
    await refused.getByText("2 of late").waitFor();
    const line = refused.getByRole("button", { name: REASON });
    assert.match((await line.textContent()) ?? "", /^401/);
    await line.click();
    const requestId = headers.get("x-request-id") ?? "none";
    await refused.getByText(requestId, { exact: true }).waitFor();
    await refused.getByText("127.0.0.1", { exact: true }).waitFor();
    const other = await visit(t, page.url());
    await section(other, "Refused requests").getByText(requestId, { exact: true }).waitFor();
    await page.goBack();
    await refused.getByText(requestId, { exact: true }).waitFor({ state: "detached" });
    assert.equal(await line.getAttribute("aria-expanded"), "false");
  });

  test(`${engine.name}: a conflict comes up, tells where it differs, and leads to the message`, async (t) => {
    const { url } = await startInbox(t, engine);
    await post(url, sampleMessage({ message_id: "wamid.A+/=", text: "the first" }));
    const page = await visit(t, `${url}/#/health`);
    const conflicts = section(page, "Conflicts");
    await conflicts.getByText("No id came again with other content").waitFor();
    for (const text of ["the second", "the second", "a third"])
      await post(url, sampleMessage({ message_id: "wamid.A+/=", text }));
    await conflicts.getByText("2 in all").waitFor();
    assert.deepEqual(await conflicts.locator(".badge").allTextContents(), ["once", "2×"]);
    await conflicts.getByRole("button", { name: "wamid.A+/=" }).last().click();
    assert.equal(
      await conflicts.locator(".facts > div", { hasText: "Differs in" }).locator("dd").textContent(),
      "text",
    );
    await conflicts.getByRole("link", { name: "Open the message that is kept" }).click();
    await page.locator(".detail .text").getByText("the first", { exact: true }).waitFor();
  });

  test(`${engine.name}: not ready is told with the reason, and ready again too`, async (t) => {
    const { url, location } = await startInbox(t, engine);
    const page = await visit(t, `${url}/#/health`, { expected: /503/ });
    await wordIs(page, "Ready");
    await setNewerSchema(location, true);
    await wordIs(page, "Not ready");
    await page
      .locator(".readiness")
      .getByText(/schema/)
      .waitFor();
    await setNewerSchema(location, false);
    await wordIs(page, "Ready");
    await page.getByText("Messages are taken.").waitFor();
  });

  test(`${engine.name}: the figures are those of this engine, and follow what is sent`, async (t) => {
    const { url } = await startInbox(t, engine);
    const page = await visit(t, `${url}/#/health`);
    await page.getByText(`on ${engine.name}`).waitFor();
    const latency = tile(page, "Acknowledged within");
    await latency.getByText("no request in the last minute").waitFor();
    await keep(
      url,
      Array.from({ length: 30 }, () => ({})),
    );
    await latency.getByText(/ ms$/).first().waitFor();
    const moved = tile(page, "Messages a second").locator(".tile-value");
    await eventually("messages a second", async () => Number(await moved.textContent()) > 0 || undefined);
    assert.notEqual(await tile(page, "Commits a second").locator(".tile-value").textContent(), "0");
    await tile(page, "Queue").getByText("waiting, at most 10,000").waitFor();
    const isSqlite = engine === SQLITE;
    assert.equal(await tile(page, "Journal lag").count(), isSqlite ? 1 : 0);
    assert.equal(await tile(page, "Free on the disk").count(), isSqlite ? 1 : 0);
    assert.deepEqual(
      (await tile(page, "Connections").locator(".figure-more").allTextContents()).map(
        (words) => words.split(",")[0],
      ),
      isSqlite ? [] : ["append", "read", "upkeep"],
    );
    const kept = page.locator(".counts > div", { hasText: "Kept" }).getByRole("link");
    assert.equal(await kept.textContent(), "30");
    await kept.click();
    await page.getByText("30 messages", { exact: true }).waitFor();
  });
}

test("a count leads to its list by keyboard, where more than the first lines can be asked for", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  for (let count = 0; count < 12; count += 1) await post(url, { message_id: `bad${count}` });
  const page = await visit(t, `${url}/#/health`);
  const refused = section(page, "Refused requests");
  await refused.getByText("The last 10 of 12").waitFor();
  await page.getByRole("button", { name: "Not valid: 12, show the list" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("#rejections:focus").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await refused.getByRole("button", { expanded: true }).waitFor();
  assert.notEqual(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle"), "none");
  await refused.getByRole("button", { name: "Show more" }).click();
  await refused.getByText("12 of late").waitFor();
  assert.equal(await refused.locator(".entry").count(), 12);
  assert.equal(await refused.getByRole("button", { expanded: true }).count(), 1);
});

test("nothing is asked for while another view is shown, or the page is not", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  const page = await visit(t, `${url}/#/health`);
  let looks = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/metrics")) looks += 1;
  });
  await page.clock.install();
  await page.reload();
  await wordIs(page, "Ready");
  /** How often it looks in a minute of the page's clock, with time for each answer to come. */
  const looksInAMinute = async (): Promise<number> => {
    const before = looks;
    for (let round = 0; round < 6; round += 1) {
      await page.clock.runFor(10_000);
      await page.evaluate("fetch('metrics?probe').then((answer) => answer.text())");
    }
    return looks - before;
  };
  const show = (state: string): Promise<unknown> =>
    page.evaluate(`
      Object.defineProperty(document, "visibilityState", { value: "${state}", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    `);
  assert.ok((await looksInAMinute()) > 1);
  await show("hidden");
  // One may have been on its way.
  await looksInAMinute();
  assert.equal(await looksInAMinute(), 0);
  await show("visible");
  assert.ok((await looksInAMinute()) > 1);
  await page.getByRole("link", { name: "Statistics" }).click();
  await page.getByRole("heading", { name: "Statistics" }).waitFor();
  assert.equal(await looksInAMinute(), 0);
});

test("while nobody answers what was seen last stays, and it is said; once, not in each part", async (t) => {
  const cwd = tempFolder(t);
  const env = { DATABASE_URL: `sqlite:///${cwd}/app.db` };
  const program = await startVisited(t, { cwd, env });
  await post(program.url, { message_id: "m1" });
  const page = await visit(t, `${program.url}/#/health`, { expected: /ERR_/ });
  await section(page, "Refused requests").getByText("1 of late").waitFor();
  await program.stop("SIGKILL");
  await wordIs(page, "Not reachable");
  assert.equal(await page.getByText("The service does not answer.").count(), 1);
  await section(page, "Refused requests").getByText("1 of late").waitFor();
  await startVisited(t, { cwd, env: { ...env, PORT: new URL(program.url).port } });
  await wordIs(page, "Ready");
  await section(page, "Refused requests").getByText("None of late").waitFor();
});

test("who may not read is told so, once, beside what everybody may know", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  const page = await visit(t, `${url}/#/health`, {
    expected: /403/,
    extraHTTPHeaders: { "x-forwarded-for": "10.0.0.9" },
  });
  await wordIs(page, "Ready");
  assert.equal(await page.locator(".trouble").count(), 1);
  await page.locator(".trouble").getByText("x-forwarded-for: a proxy handed this on").waitFor();
  assert.equal(await page.locator(".tile").count(), 0);
});
