/** From an empty inbox to its first message, by the lines that the page shows. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { ENGINES } from "./support/engines.ts";
import { rowsOf, startInbox, visit } from "./support/inbox-page.ts";
import { PROJECT } from "./support/program.ts";
import { SECRET } from "./support/sample.ts";

/** As somebody does who pastes them into a terminal in the folder of the service, which knows of no secret yet. */
async function runLines(...lines: readonly (string | null)[]): Promise<string> {
  const { WEBHOOK_SECRET: _secret, ...env } = process.env;
  const { stdout } = await promisify(execFile)("sh", ["-ec", lines.join("\n")], { cwd: PROJECT, env });
  return stdout;
}

for (const engine of ENGINES) {
  test(`${engine.name}: the lines of an empty inbox, run as they are, make the first messages appear`, async (t) => {
    const { url } = await startInbox(t, engine);
    const page = await visit(t, `${url}/`);
    await page.getByRole("heading", { name: "Nothing here yet" }).waitFor();
    assert.equal(await page.locator(".total").textContent(), "0 messages");
    const secret = await page.locator("#first-secret").textContent();
    assert.equal(secret, `export WEBHOOK_SECRET=${SECRET}`);
    const send = await page.locator("#first-send").textContent();

    assert.equal(await runLines(secret, await page.locator("#first-curl").textContent()), '{"status":"ok"}');
    await rowsOf(page).filter({ hasText: "Hello there" }).waitFor();
    await page.getByText("1 message", { exact: true }).waitFor();

    assert.match(await runLines(secret, send), /^[0-9a-f-]{36}\n$/);
    await page.getByText("2 messages", { exact: true }).waitFor();
    assert.equal(await rowsOf(page).count(), 2);
  });
}

test("the lines name the address that the page was opened at, also below PAGE_PATH", async (t) => {
  const [engine = assert.fail()] = ENGINES;
  const { url } = await startInbox(t, engine, { PAGE_PATH: "/own/inbox" });
  const page = await visit(t, `${url.replace("127.0.0.1", "localhost")}/own/inbox`);
  const line = await page.locator("#first-curl").textContent();
  assert.ok(line?.includes(`curl http://localhost:${new URL(url).port}/webhook -H`), line ?? "");
});
