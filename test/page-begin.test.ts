/** How the page begins: what the address names is asked for once, before anything is drawn; and is not waited for when it is late. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Page, Route } from "playwright-core";
import { ENGINES } from "./support/engines.ts";
import { rowsOf, startInbox, visit } from "./support/inbox-page.ts";
import { keep } from "./support/listing.ts";

const [SQLITE = assert.fail()] = ENGINES;

/** A page that is drawn, its lists answered as `answer` has it, on an inbox with two messages. */
async function begun(
  t: TestContext,
  address: string,
  answer: (route: Route) => Promise<void>,
): Promise<{ page: Page; lists: readonly URL[] }> {
  const { url } = await startInbox(t, SQLITE);
  await keep(url, [{ text: "one" }, { text: "two" }]);
  // A view without a list comes first: the lists of the one that is opened then are in the test's hands.
  const page = await visit(t, `${url}/#/health`, { expected: /503/ });
  const lists: URL[] = [];
  await page.route(/\/messages\?/, (route) => {
    const asked = new URL(route.request().url());
    if (asked.searchParams.get("limit") === "100") lists.push(asked);
    return answer(route);
  });
  await page.goto("about:blank");
  await page.goto(`${url}/${address}`);
  return { page, lists };
}

test("the list is asked for once, with the filter of the address", async (t) => {
  const { page, lists } = await begun(t, "#/messages?q=two", (route) => route.continue());
  await rowsOf(page).filter({ hasText: "two" }).waitFor();
  await page.getByText("1 message found", { exact: true }).waitFor();
  assert.deepEqual(
    lists.map(({ searchParams }) => searchParams.get("q")),
    ["two"],
  );
});

test("a list that is late is not waited for: the page is there before it", async (t) => {
  const late = Promise.withResolvers<void>();
  const { page, lists } = await begun(t, "", async (route) => {
    await late.promise;
    await route.continue();
  });
  await page.getByRole("searchbox").waitFor();
  assert.equal(await rowsOf(page).count(), 0);
  late.resolve();
  await rowsOf(page).nth(1).waitFor();
  assert.equal(lists.length, 1);
});

test("a list that is refused is asked for again, and shown", async (t) => {
  let refused = 0;
  const { page } = await begun(t, "", async (route) => {
    if (refused > 0) return route.continue();
    refused += 1;
    await route.fulfill({
      status: 503,
      json: { detail: "not now" },
      contentType: "application/problem+json",
    });
  });
  await rowsOf(page).nth(1).waitFor();
  assert.equal(refused, 1);
});
