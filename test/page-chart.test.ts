/** What draws the chart: it comes in a file of its own, and gets along with whatever language the browser names. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ENGINES } from "./support/engines.ts";
import { startInbox, visit } from "./support/inbox-page.ts";
import { keep } from "./support/listing.ts";

const MESSAGES = ["2025-01-15T10:00:00Z", "2025-01-15T12:00:00Z", "2025-01-17T10:00:00Z"].map((ts) => ({
  ts,
}));

test("a browser that names a language which no format knows shows figures and bars all the same", async (t) => {
  const { url } = await startInbox(t, ENGINES[0] ?? assert.fail());
  await keep(url, MESSAGES);
  // As Chromium does where LANG is C.
  const script = "Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US@posix' })";
  const page = await visit(t, `${url}/#/statistics`, { script });
  await page.locator(".panel-sum a").getByText("3 messages").waitFor();
  await page.locator(".u-over").waitFor();
});

test("where what draws the chart cannot be fetched, that is said beside the figures, and another try brings it", async (t) => {
  const { url } = await startInbox(t, ENGINES[0] ?? assert.fail());
  await keep(url, MESSAGES);
  const page = await visit(t, `${url}/#/messages`, { expected: /ERR_FAILED/ });
  await page.getByText("3 messages", { exact: true }).waitFor();
  await page.route("**/assets/uPlot*", (route) => route.abort());
  await page.getByRole("link", { name: "Statistics" }).click();
  await page.getByText("What draws the chart could not be fetched.").waitFor();
  await page.locator(".panel-sum a").getByText("3 messages").waitFor();
  await page.getByText("As a table").click();
  await page.getByRole("table").waitFor();
  await page.unroute("**/assets/uPlot*");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".u-over").waitFor();
});
