/** The statistics: they agree with what was sent, and a part of the time is chosen by pointer, by keys and by the address. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { post } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import { drawnIds, PHONE, startInbox, visit } from "./support/inbox-page.ts";
import { keep } from "./support/listing.ts";
import { sampleMessage } from "./support/sample.ts";

const ANNE = "+14155550101";
const BEN = "+14155550102";
/** Hours 0 to 9 of a day; in hour n there are n messages, of which the first is Anne's. */
const HOURS = 10;
const MESSAGES = Array.from({ length: HOURS }, (_, hour) =>
  Array.from({ length: hour }, (_, index) => ({
    from: index === 0 ? ANNE : BEN,
    ts: `2025-01-15T0${hour}:${10 + index}:00Z`,
  })),
).flat();
const TOTAL = 45;

async function statistics(t: Parameters<typeof visit>[0], engine = ENGINES[0]): Promise<Page> {
  const { url } = await startInbox(t, engine ?? assert.fail());
  await keep(url, MESSAGES);
  const page = await visit(t, `${url}/#/statistics`);
  await sumIs(page, `${TOTAL} messages`);
  return page;
}

function chartOf(page: Page): Locator {
  return page.getByRole("application", { name: "Messages over time" });
}

/** Waits until what is shown has so many. */
async function sumIs(page: Page, words: string): Promise<void> {
  await page.locator(".panel-sum a").getByText(words, { exact: true }).waitFor();
}

async function toldIs(page: Page, words: string): Promise<void> {
  await page.locator(".told [role=status]").getByText(words, { exact: true }).waitFor();
}

/** The middle of the bar of an hour, where the hours from `first` to `last` are shown. */
async function hourAt(
  page: Page,
  hour: number,
  first: number,
  last: number,
): Promise<[x: number, y: number]> {
  const { x, y, width, height } = await eventually("a chart as wide as its place", async () => {
    const box = await page.locator(".u-over").boundingBox();
    return box !== null && box.width > 100 ? box : undefined;
  });
  return [x + ((hour - first + 0.5) / (last - first + 1)) * width, y + height / 2];
}

async function rowsAre(page: Page, total: string): Promise<void> {
  await page.getByText(total, { exact: true }).waitFor();
}

function hashOf(page: Page): string {
  return decodeURIComponent(new URL(page.url()).hash);
}

for (const engine of ENGINES) {
  test(`${engine.name}: the figures, the bars and the senders are those of what was sent, and follow what arrives`, async (t) => {
    const page = await statistics(t, engine);
    const figures = page.locator(".figures");
    await figures.getByRole("link", { name: `${TOTAL}`, exact: true }).waitFor();
    assert.match(
      (await figures.textContent()) ?? "",
      /Messages45Senders2First message15 Jan 2025 01:10:00 UTCLast message15 Jan 2025 09:18:00 UTC/,
    );
    const senders = await page.locator(".senders a").allTextContents();
    assert.deepEqual(senders, [`02${BEN}36 80%`, `01${ANNE}9 20%`]);

    await page.getByText("As a table").click();
    const cells = page.getByRole("table").locator("td");
    await cells.first().waitFor();
    const counts = await cells.allTextContents();
    assert.deepEqual(counts, ["9", "8", "7", "6", "5", "4", "3", "2", "1"]);

    await post(
      page.url().split("/#")[0] ?? "",
      sampleMessage({ message_id: "late", ts: "2025-01-15T09:30:00Z" }),
    );
    await sumIs(page, `${TOTAL + 1} messages`);
    assert.equal(await page.getByRole("table").locator("td").first().textContent(), "10");
  });

  test(`${engine.name}: brushing zooms, in the address too; another visitor sees the same, and going back leads back`, async (t) => {
    const page = await statistics(t, engine);
    await page.mouse.move(...(await hourAt(page, 3, 1, 9)));
    await page.mouse.down();
    await page.mouse.move(...(await hourAt(page, 4, 1, 9)), { steps: 3 });
    await page.mouse.move(...(await hourAt(page, 5, 1, 9)), { steps: 3 });
    await page.mouse.up();
    await sumIs(page, "12 messages");
    assert.equal(hashOf(page), "#/statistics?since=2025-01-15T03:00:00Z&until=2025-01-15T06:00:00Z");
    const other = await visit(t, page.url());
    await sumIs(other, "12 messages");

    await page.goBack();
    await sumIs(page, `${TOTAL} messages`);
    assert.equal(hashOf(page), "#/statistics");
    await page.goForward();
    await sumIs(page, "12 messages");
    await page.getByRole("button", { name: "Whole time" }).click();
    await sumIs(page, `${TOTAL} messages`);
    assert.equal(await page.getByRole("button", { name: "Whole time" }).isDisabled(), true);
  });

  test(`${engine.name}: a click on a bar shows its messages, one on a sender shows theirs`, async (t) => {
    const page = await statistics(t, engine);
    await page.mouse.move(...(await hourAt(page, 4, 1, 9)));
    await toldIs(page, "4 messages Wed, 15 January 2025, 04:00 – 05:00 UTC");
    await page.mouse.click(...(await hourAt(page, 4, 1, 9)));
    await rowsAre(page, "4 messages found");
    assert.equal(hashOf(page), "#/messages?since=2025-01-15T04:00:00Z&until=2025-01-15T05:00:00Z");
    await page.goBack();
    await page.getByRole("link", { name: ANNE }).click();
    await rowsAre(page, "9 messages found");
  });
}

test("by keys alone: from bar to bar, closer, wider, earlier, and to the messages", async (t) => {
  const page = await statistics(t);
  const chart = chartOf(page);
  await chart.focus();
  assert.notEqual(
    await page.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle"),
    "none",
  );
  await page.keyboard.press("ArrowLeft");
  await toldIs(page, "9 messages Wed, 15 January 2025, 09:00 – 10:00 UTC");
  await page.keyboard.press("Home");
  await toldIs(page, "1 message Wed, 15 January 2025, 01:00 – 02:00 UTC");
  await page.keyboard.press("ArrowRight");
  await toldIs(page, "2 messages Wed, 15 January 2025, 02:00 – 03:00 UTC");
  // Nine hours become five, with the bar that is told about among them.
  await page.keyboard.press("+");
  await sumIs(page, "20 messages");
  assert.equal(hashOf(page), "#/statistics?since=2025-01-15T02:00:00Z&until=2025-01-15T07:00:00Z");
  await page.keyboard.press("PageDown");
  await sumIs(page, "24 messages");
  assert.equal(hashOf(page), "#/statistics?since=2025-01-15T07:00:00Z&until=2025-01-15T12:00:00Z");
  await page.keyboard.press("-");
  await page.keyboard.press("-");
  await sumIs(page, `${TOTAL} messages`);
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await rowsAre(page, "9 messages found");
});

test("the first and the last message, the sum and each row of the table lead to what they count", async (t) => {
  const page = await statistics(t);
  const address = page.url();
  for (const [name, ids] of [
    ["First message", ["m0"]],
    ["Last message", ["m44"]],
  ] as const) {
    await page.locator(".figures > div", { hasText: name }).getByRole("link").click();
    await rowsAre(page, "1 message found");
    assert.deepEqual(await drawnIds(page), ids);
    await page.goBack();
  }
  await page.goto(`${address}?since=2025-01-15T03:30:00Z&until=2025-01-15T05:13:00Z`);
  // 3 messages of the hour 3 came before, and 2 of the 5 of the hour 5 after.
  await sumIs(page, "7 messages");
  await page.locator(".panel-sum a").click();
  await rowsAre(page, "7 messages found");
  await page.goBack();
  await page.getByText("As a table").click();
  await page.getByRole("table").getByRole("link").first().click();
  await rowsAre(page, "3 messages found");
  assert.equal(hashOf(page), "#/messages?since=2025-01-15T05:00:00Z&until=2025-01-15T05:13:00Z");
});

test("hours or days by the length of what is shown, or by choice, where the service counts so many", async (t) => {
  const { url } = await startInbox(t, ENGINES[0] ?? assert.fail());
  await keep(url, [
    { ts: "2023-01-01T10:00:00Z" },
    { ts: "2025-01-14T10:00:00Z" },
    { ts: "2025-01-15T10:00:00Z" },
  ]);
  const page = await visit(t, `${url}/#/statistics`);
  const hours = page.getByRole("button", { name: "Hours" });
  const pressed = async (): Promise<boolean> => (await hours.getAttribute("aria-pressed")) === "true";
  await sumIs(page, "3 messages");
  assert.deepEqual([await pressed(), await hours.isDisabled()], [false, true]);
  await page.goto(`${url}/#/statistics?since=2025-01-01T00:00:00Z`);
  await sumIs(page, "2 messages");
  assert.deepEqual([await pressed(), await hours.isDisabled()], [false, false]);
  await hours.click();
  await eventually("hours", async () => (await pressed()) || undefined);
  assert.equal(hashOf(page), "#/statistics?since=2025-01-01T00:00:00Z&bucket=hour");
  await page.goto(`${url}/#/statistics?since=2025-01-14T00:00:00Z`);
  await eventually("hours by themselves", async () => (await pressed()) || undefined);
});

test("with a finger: a tap tells of a bar and offers its messages, a drag zooms", async (t) => {
  const { url } = await startInbox(t, ENGINES[0] ?? assert.fail());
  await keep(url, MESSAGES);
  const page = await visit(t, `${url}/#/statistics`, { viewport: PHONE, hasTouch: true, isMobile: true });
  await sumIs(page, `${TOTAL} messages`);
  await page.touchscreen.tap(...(await hourAt(page, 6, 1, 9)));
  await toldIs(page, "6 messages Wed, 15 January 2025, 06:00 – 07:00 UTC");
  await page.getByRole("link", { name: "Show them" }).click();
  await rowsAre(page, "6 messages found");
  await page.goBack();
  await sumIs(page, `${TOTAL} messages`);
  const cdp = await page.context().newCDPSession(page);
  for (const [type, hour] of [
    ["touchStart", 2],
    ["touchMove", 3],
    ["touchMove", 4],
    ["touchEnd", undefined],
  ] as const) {
    const [x = 0, y = 0] = hour === undefined ? [] : await hourAt(page, hour, 1, 9);
    await cdp.send("Input.dispatchTouchEvent", { type, touchPoints: hour === undefined ? [] : [{ x, y }] });
  }
  await sumIs(page, "9 messages");
});

test("an address that names no time, or one that ends before it begins, is told so in words", async (t) => {
  const { url } = await startInbox(t, ENGINES[0] ?? assert.fail());
  await keep(url, MESSAGES);
  const page = await visit(t, `${url}/#/statistics?since=yesterday`, { expected: /422/ });
  await page.getByText("since: must be an RFC 3339 date-time").waitFor();
  await page.goto(`${url}/#/statistics?since=2025-01-15T05:00:00Z&until=2025-01-15T04:00:00Z`);
  await page.getByText("This address names a time that ends before it begins.").waitFor();
  await page.getByRole("button", { name: "Whole time" }).click();
  await sumIs(page, `${TOTAL} messages`);
});
