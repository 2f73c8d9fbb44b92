/** Each view in both themes and at both widths: no fault that axe-core knows, nothing wider than the screen, and a picture of it. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { post } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import { assertAccessible, PHONE, picture, rowsOf, startInbox, visit } from "./support/inbox-page.ts";
import { keep } from "./support/listing.ts";
import { setNewerSchema } from "./support/newer-schema.ts";
import { realisticMessages } from "./support/realistic.ts";
import { sampleMessage } from "./support/sample.ts";

const [SQLITE = assert.fail()] = ENGINES;
const WIDE = { width: 1440, height: 900 };
const README = { width: 1280, height: 720 };
const LOOKS = (["light", "dark"] as const).flatMap((colorScheme) =>
  [WIDE, PHONE].map((viewport) => ({ colorScheme, viewport })),
);

/** Opens an address, brings the page to what is looked at, and looks at it in each way. */
async function look(
  t: TestContext,
  address: string,
  name: string,
  prepare: (page: Page) => Promise<unknown>,
): Promise<void> {
  const page = await visit(t, address, { expected: /401|503/ });
  await prepare(page);
  for (const { colorScheme, viewport } of LOOKS) {
    const what = `${name}-${viewport.width}-${colorScheme}`;
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    // What lies under a sheet cannot be reached; on a wide screen there is none, once the page has noticed that it is one.
    if (viewport === WIDE) await page.locator(".list-side[inert]").waitFor({ state: "detached" });
    await assertAccessible(page, what);
    assert.ok((await page.evaluate<number>("document.documentElement.scrollWidth")) <= viewport.width, what);
    await picture(page, what);
  }
}

test("the inbox: list, search, message, keys", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  const messages = realisticMessages(200, Date.now());
  await keep(url, messages);
  await look(t, url, "list", (page) => rowsOf(page).first().waitFor());
  await look(t, `${url}/#/messages?q=table`, "search", (page) => page.locator("mark").first().waitFor());
  await look(t, `${url}/#/messages?q=nothing+like+it`, "nothing", (page) =>
    page.locator(".nothing").waitFor(),
  );
  await look(t, `${url}/#/messages?m=${messages[3]?.message_id}`, "message", async (page) => {
    await rowsOf(page).first().waitFor({ state: "attached" });
    await page.locator(".detail-body").waitFor();
  });
  await look(t, url, "keys", async (page) => {
    await rowsOf(page).first().waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
  });
  await look(t, `${url}/#/messages?from=%2B447700900100`, "filters", async (page) => {
    await page.setViewportSize(PHONE);
    await page.getByRole("button", { name: "Filter (1)" }).click();
    await page.locator(".total", { hasText: "found" }).waitFor();
  });
  await look(t, `${url}/#/messages?from=%2B447700900100`, "erase", async (page) => {
    await rowsOf(page).first().waitFor();
    await page.keyboard.press("p");
    await page.getByRole("button", { name: "More" }).click();
    await picture(page, "tools");
    await page.getByRole("button", { name: "Erase all of" }).click();
    await page.getByText("will be gone").waitFor();
  });
});

test("the statistics, also of a part of the time, as a table, and of an empty inbox", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  const address = `${url}/#/statistics`;
  await look(t, address, "statistics-empty", (page) => page.getByText("none yet").first().waitFor());
  const now = Date.UTC(2026, 10, 27, 18, 40);
  await keep(url, realisticMessages(600, now));
  await look(t, address, "statistics", (page) => page.locator(".senders li").first().waitFor());
  const part = `${address}?since=2026-11-20T00:00:00Z&until=2026-11-24T00:00:00Z`;
  await look(t, part, "statistics-part", async (page) => {
    await page.getByText("As a table").click();
    await page.getByRole("application").focus();
    await page.keyboard.press("Home");
    await page.getByRole("table").waitFor();
  });
});

for (const engine of ENGINES) {
  test(`${engine.name}: the health of a service that has something to tell, and of one that takes no messages`, async (t) => {
    const { url, location } = await startInbox(t, engine);
    const messages = realisticMessages(60, Date.now());
    await keep(url, messages);
    for (const { message_id: id } of messages.slice(0, 3)) await post(url, sampleMessage({ message_id: id }));
    await post(url, sampleMessage({ message_id: "n1" }), { "x-signature": "base64=" });
    await post(url, sampleMessage({ message_id: "n2" }), { "x-signature": "0".repeat(64) });
    await post(url, { message_id: "n3" });
    await look(t, `${url}/#/health`, `health-${engine.name}`, async (page) => {
      await page.locator(".entry button").first().click();
      const course = page.locator(".spark polyline").first();
      for (const steps of [2, 3, 4]) {
        const ids = Array.from({ length: 40 * steps }, (_, index) => `${steps}-${index}`);
        await keep(
          url,
          ids.map((id) => ({ message_id: id })),
        );
        await eventually("a look", async () => {
          const points = (await course.count()) === 0 ? null : await course.getAttribute("points");
          return (points?.split(" ").length ?? 0) >= steps || undefined;
        });
      }
    });
    await setNewerSchema(location, true);
    await look(t, `${url}/#/health`, `health-${engine.name}-not-ready`, (page) =>
      page.getByText("Not ready", { exact: true }).waitFor(),
    );
  });
}

test("the first run, and signing in", async (t) => {
  const empty = await startInbox(t, SQLITE);
  await look(t, empty.url, "first-run", (page) => page.locator(".first-run").waitFor());
  const locked = await startInbox(t, SQLITE, { API_TOKENS: "ops:admin:0123456789abcdef" });
  await look(t, locked.url, "sign-in", async (page) => {
    await page.getByLabel("API token").fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("This token is not known here.").waitFor();
  });
});

test("the picture of the README", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  const messages = realisticMessages(400, Date.now());
  await keep(url, messages);
  const open = messages.find(({ text }) => text?.startsWith("The courier"));
  const page = await visit(t, `${url}/#/messages?q=your&m=${open?.message_id}`, { viewport: README });
  await rowsOf(page).first().waitFor();
  await page.locator(".detail mark").waitFor();
  await picture(page, "inbox");
});
