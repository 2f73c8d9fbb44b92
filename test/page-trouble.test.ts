/** What the page does while the service is away. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { post } from "./support/client.ts";
import { AWAY, drawnIds, rowsOf, startVisited, visit } from "./support/inbox-page.ts";
import { keep } from "./support/listing.ts";
import { sampleMessage } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";

test("the service is killed and started again: what was on the screen stays, and what arrived then is shown", async (t) => {
  const cwd = tempFolder(t);
  const env = { DATABASE_URL: `sqlite:///${join(cwd, "app.db")}` };
  const program = await startVisited(t, { cwd, env });
  const { port } = new URL(program.url);
  await keep(program.url, [{ text: "one" }, { text: "two" }]);
  const page = await visit(t, program.url, { expected: AWAY });
  await rowsOf(page).nth(1).waitFor();

  await program.stop("SIGKILL");
  await page.getByRole("searchbox").fill("o");
  await page.getByText("The service does not answer.").waitFor();
  assert.deepEqual(await drawnIds(page), ["m1", "m0"]);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("The service does not answer.").waitFor();

  const again = await startVisited(t, { cwd, env: { ...env, PORT: port } });
  await post(again.url, sampleMessage({ message_id: "m2", text: "three or so", ts: "2025-01-16T10:00:00Z" }));
  await page.getByText("3 messages found", { exact: true }).waitFor();
  await page.getByText("The service does not answer.").waitFor({ state: "detached" });
  assert.deepEqual(await drawnIds(page), ["m2", "m1", "m0"]);
});

test("a page that nobody touches says that the service is away, and follows it again by itself", async (t) => {
  const cwd = tempFolder(t);
  const env = { DATABASE_URL: `sqlite:///${join(cwd, "app.db")}` };
  const program = await startVisited(t, { cwd, env });
  const { port } = new URL(program.url);
  await keep(program.url, [{ text: "one" }]);
  const page = await visit(t, program.url, { expected: AWAY });
  await rowsOf(page).first().waitFor();
  await program.stop("SIGKILL");
  await page.getByText("The service does not answer.").waitFor();
  const again = await startVisited(t, { cwd, env: { ...env, PORT: port } });
  await page.getByText("The service does not answer.").waitFor({ state: "detached" });
  await post(again.url, sampleMessage({ message_id: "two" }));
  await rowsOf(page).nth(1).waitFor();
});

test("a stream that somebody on the way refuses is asked for again", async (t) => {
  const program = await startVisited(t, { cwd: tempFolder(t) });
  const page = await visit(t, `${program.url}/#/health`, { expected: /404|403/ });
  let refused = 0;
  await page.route(/\/messages\/stream/, (route) => {
    if (refused > 0) return route.continue();
    refused += 1;
    return route.fulfill({ status: 404, contentType: "text/html", body: "<h1>default backend</h1>" });
  });
  // The list too, each time in another way.
  const others = [
    { status: 404, contentType: "text/html", body: "<h1>default backend</h1>" },
    { status: 403, json: { message: "no route" } },
  ];
  await page.route(/\/messages\?/, (route) => {
    const other = others.shift();
    return other === undefined ? route.continue() : route.fulfill(other);
  });
  const asked = page.waitForResponse((answer) => /stream/.test(answer.url()) && answer.status() === 200);
  await page.getByRole("link", { name: "Messages", exact: true }).click();
  await asked;
  await post(program.url, sampleMessage({ message_id: "one" }));
  await rowsOf(page).first().waitFor();
  assert.equal(refused, 1);
});

test("an answer of somebody else in the service's place is told, and asked for again", async (t) => {
  const program = await startVisited(t, { cwd: tempFolder(t) });
  await keep(program.url, [{ text: "one" }]);
  const page = await visit(t, `${program.url}/#/health`);
  let isElsewhere = true;
  await page.route(/\/messages\?/, (route) =>
    isElsewhere
      ? route.fulfill({ status: 200, contentType: "text/html", body: "<h1>Who are you?</h1>" })
      : route.continue(),
  );
  await page.getByRole("link", { name: "Messages", exact: true }).click();
  await page.getByText("Something else answered in the service's place.").waitFor();
  isElsewhere = false;
  await rowsOf(page).first().waitFor();
});
