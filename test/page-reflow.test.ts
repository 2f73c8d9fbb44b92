/** Small, low and magnified: everything stays within reach, and nothing lies over anything else (WCAG 2.2, 1.4.4 and 1.4.10). */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { ENGINES } from "./support/engines.ts";
import { rowsOf, startInbox, visit } from "./support/inbox-page.ts";
import { keep } from "./support/listing.ts";
import { realisticMessages } from "./support/realistic.ts";

const [SQLITE = assert.fail()] = ENGINES;
/** 1280 by 1024 pixels at 400 %, a narrow phone, one on its side, and a small window. */
const SCREENS = [
  { width: 320, height: 256 },
  { width: 320, height: 568 },
  { width: 844, height: 390 },
  { width: 640, height: 360 },
];
/** Of rows, to be read at all. */
const LIST_PX_MIN = 100;
/** Boxes of lines may overlap by as much: letters do not fill them. */
const OVERLAP_PX_MAX = 2;

const VIEWS: readonly (readonly [view: string, isThere: (page: Page) => Promise<void>])[] = [
  [
    "messages?q=your",
    async (page) => {
      await page.getByRole("button", { name: "Filter" }).click();
      await page.getByRole("button", { name: "More", exact: true }).click();
      await rowsOf(page).first().waitFor();
    },
  ],
  ["messages?m=gone", (page) => page.getByText("There is no message with this id here.").waitFor()],
  ["statistics", (page) => page.locator(".u-over").waitFor()],
  ["health", (page) => page.locator(".tiles dd").first().waitFor()],
];

/** Of what is wider or higher than it may be, by how much. */
const BEYOND = `["html", "main", ".list-side", ".detail"].flatMap((one) => {
  const found = document.querySelector(one);
  if (found === null) return [];
  const high = one === "html" ? found.scrollHeight - found.clientHeight : 0;
  const [wide] = [found.scrollWidth - found.clientWidth];
  return wide > 0 || high > 0 ? [one + " " + wide + " " + high] : [];
})`;

for (const viewport of SCREENS)
  test(`at ${viewport.width} by ${viewport.height} pixels nothing has to be scrolled both ways`, async (t) => {
    const { url } = await startInbox(t, SQLITE);
    await keep(url, realisticMessages(200, Date.now()));
    for (const [view, isThere] of VIEWS) {
      const page = await visit(t, `${url}/#/${view}`, { viewport, expected: /404/ });
      await isThere(page);
      assert.deepEqual(await page.evaluate(BEYOND), [], view);
      if (!view.startsWith("messages?q")) continue;
      const list = page.getByRole("listbox");
      await list.scrollIntoViewIfNeeded();
      const { y = NaN, height = 0 } = (await list.boundingBox()) ?? {};
      assert.ok(height >= LIST_PX_MIN && y < viewport.height, `the list has ${height} pixels at ${y}`);
    }
  });

for (const percent of [150, 200])
  test(`with a font of ${percent} % no words lie over others, and none are cut off`, async (t) => {
    const { url } = await startInbox(t, SQLITE);
    await keep(url, realisticMessages(50, Date.now()));
    // Before the page's own scripts run.
    const script = `addEventListener("readystatechange", () => {
      document.documentElement.style.fontSize = "${percent}%";
    }, { capture: true });`;
    const page = await visit(t, url, { script });
    await rowsOf(page).first().waitFor();
    const boxes = await page.evaluate<{ below: number; next: number; cut: number }>(`(() => {
      const [row, following] = document.querySelectorAll(".row");
      const [from, text] = [".row-from", ".row-text"].map((one) => row.querySelector(one).getBoundingClientRect());
      const items = [...document.querySelectorAll(".rail-item span")];
      const rail = document.querySelector(".rail").getBoundingClientRect();
      return {
        below: text.top - from.bottom,
        next: following.getBoundingClientRect().top - text.bottom,
        cut: Math.max(...items.map((item) => item.getBoundingClientRect().right - rail.right)),
      };
    })()`);
    assert.ok(boxes.below > -OVERLAP_PX_MAX, `the text begins ${boxes.below} pixels below the sender`);
    assert.ok(boxes.next > -OVERLAP_PX_MAX, `the next row begins ${boxes.next} pixels below the text`);
    assert.ok(boxes.cut <= 0, `a word goes ${boxes.cut} pixels beyond the rail`);
  });

test("where the system has colours of its own, what is open, chosen or measured can be told", async (t) => {
  const { url } = await startInbox(t, SQLITE);
  await keep(url, [{ text: "one" }, { text: "two" }]);
  const page = await visit(t, `${url}/#/messages?m=m1`, { forcedColors: "active" });
  await page.locator(".row.is-open").waitFor();
  const outline = (selector: string): Promise<string> =>
    page.evaluate(`getComputedStyle(document.querySelector('${selector}')).outlineStyle`);
  assert.equal(await outline(".row.is-open"), "solid");
  await page.goto(`${url}/#/statistics`);
  await page.locator(".sender-bar").first().waitFor();
  assert.equal(await outline('.choice [aria-pressed="true"]'), "solid");
  const bar = await page.evaluate<string>(
    "getComputedStyle(document.querySelector('.sender-bar')).backgroundColor",
  );
  const ground = await page.evaluate<string>(
    "getComputedStyle(document.querySelector('.panel')).backgroundColor",
  );
  assert.notEqual(bar, ground);
});
