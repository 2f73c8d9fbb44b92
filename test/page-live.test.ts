/** The list follows the stream: what arrives slides in, waits while it is paused, and none of it is lost or there twice. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import type { Message } from "../src/message.ts";
import { post, request } from "./support/client.ts";
import { type Engine, ENGINES } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import {
  assertAccessible,
  AWAY,
  databaseUrlOf,
  drawnIds,
  rowsOf,
  startVisited,
  visit,
} from "./support/inbox-page.ts";
import { keep } from "./support/listing.ts";
import { type RunningProgram, runProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";

const ADMIN = "admin-0123456789abcdef";
interface Inbox {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly program: RunningProgram;
  /** After a kill: at the same address, on the same messages. */
  readonly startAgain: () => Promise<RunningProgram>;
}

async function restartable(t: TestContext, engine: Engine): Promise<Inbox> {
  const cwd = tempFolder(t);
  const env = { DATABASE_URL: databaseUrlOf(await engine.locate(t)) };
  const program = await startVisited(t, { cwd, env });
  const { port } = new URL(program.url);
  return { cwd, env, program, startAgain: () => startVisited(t, { cwd, env: { ...env, PORT: port } }) };
}

function at(second: number, id: string): Message {
  const ts = new Date(Date.parse("2025-01-15T10:00:00Z") + second * 1_000).toISOString();
  return sampleMessage({ message_id: id, ts, text: id });
}

async function until(page: Page, ids: readonly string[]): Promise<void> {
  let drawn: string[] = [];
  await eventually(`the rows ${ids.join()}`, async () => {
    drawn = await drawnIds(page);
    return drawn.join() === ids.join() || undefined;
  }).catch((error: unknown) => assert.deepEqual(drawn, ids, String(error)));
}

/** Where each request for the stream begins: empty for now. */
function streamsOf(page: Page): string[] {
  const ids: string[] = [];
  page.on("request", (asked) => {
    if (new URL(asked.url()).pathname === "/messages/stream")
      ids.push(asked.headers()["last-event-id"] ?? "");
  });
  return ids;
}

for (const engine of ENGINES) {
  test(`${engine.name}: after the service was killed and started again, the stream goes on without loss or repeat`, async (t) => {
    const { program, startAgain } = await restartable(t, engine);
    await keep(program.url, [at(0, "m0"), at(10, "m1")]);
    const page = await visit(t, `${program.url}/`, { expected: AWAY });
    await until(page, ["m1", "m0"]);
    const streams = streamsOf(page);
    await post(program.url, at(20, "m2"));
    await until(page, ["m2", "m1", "m0"]);

    await program.stop("SIGKILL");
    const again = await startAgain();
    for (const [second, id] of [
      [30, "m3"],
      [5, "between"],
      [40, "m4"],
    ] as const)
      assert.equal((await post(again.url, at(second, id))).status, 200);
    await until(page, ["m4", "m3", "m2", "m1", "between", "m0"]);
    await page.getByText("6 messages", { exact: true }).waitFor();
    assert.notEqual(streams.at(-1), "", "it went on behind what it was told");
  });

  test(`${engine.name}: paused, what arrives is only counted; a click lets it in, and going on lets in the rest`, async (t) => {
    const { program } = await restartable(t, engine);
    const { url } = program;
    await keep(
      url,
      Array.from({ length: 150 }, (_, n) => at(n, `m${n}`)),
    );
    const page = await visit(t, `${url}/`);
    await rowsOf(page).first().waitFor();
    await page.keyboard.press("p");
    await page.getByRole("button", { name: "Let in what arrives" }).waitFor();
    await keep(url, [at(200, "new0"), at(201, "new1"), at(-5, "oldest")]);
    const arrived = page.locator(".arrived");
    await page.getByRole("button", { name: "3 new messages" }).waitFor();
    assert.equal((await drawnIds(page))[0], "m149");
    assert.equal(await page.locator(".total").textContent(), "150 messages");
    await assertAccessible(page, "paused");

    // What is scrolled to is loaded, and does not bring the others.
    await rowsOf(page).first().hover();
    await page.mouse.wheel(0, 100_000);
    await rowsOf(page).filter({ hasText: "oldest" }).waitFor();
    await page.getByText("151 messages", { exact: true }).waitFor();
    await page.keyboard.press("g");
    await rowsOf(page).filter({ hasText: "m149" }).waitFor();
    assert.equal((await drawnIds(page))[0], "m149");
    await page.getByRole("button", { name: "2 new messages" }).waitFor();
    await arrived.click();
    await arrived.waitFor({ state: "detached" });
    await eventually("the newest", async () => (await drawnIds(page))[0] === "new1" || undefined);
    await page.getByText("153 messages", { exact: true }).waitFor();

    await post(url, at(202, "new2"));
    await page.getByRole("button", { name: "1 new message" }).waitFor();
    await page.getByRole("button", { name: "Let in what arrives" }).click();
    await eventually("the newest", async () => (await drawnIds(page))[0] === "new2" || undefined);
    await post(url, at(203, "new3"));
    await eventually("the newest", async () => (await drawnIds(page))[0] === "new3" || undefined);
    assert.equal(await arrived.count(), 0);
  });
}

const [SQLITE = assert.fail()] = ENGINES;

test("far behind, the page goes on from now, and lists and counts what is between", async (t) => {
  const COUNT = 2_500;
  const { cwd, env, program, startAgain } = await restartable(t, SQLITE);
  await keep(program.url, [at(0, "m0")]);
  const page = await visit(t, `${program.url}/`, { expected: AWAY });
  await until(page, ["m0"]);
  const streams = streamsOf(page);
  await program.stop("SIGKILL");
  const lines = Array.from({ length: COUNT }, (_, n) => JSON.stringify(at(n + 1, `n${n}`)));
  writeFileSync(join(cwd, "messages.ndjson"), lines.join("\n"));
  const imported = await runProgram(["import", "messages.ndjson"], { cwd, env });
  assert.equal(imported.code, 0, imported.stderr);
  const again = await startAgain();
  await page.getByText("2,501 messages", { exact: true }).waitFor();
  assert.equal((await drawnIds(page))[0], `n${COUNT - 1}`);
  await post(again.url, at(COUNT + 1, "newest"));
  await eventually("the newest", async () => (await drawnIds(page))[0] === "newest" || undefined);
  await page.getByText("2,502 messages", { exact: true }).waitFor();
  assert.equal(streams.at(-1), "");
});

test("only what matches the filter comes in", async (t) => {
  const { program } = await restartable(t, SQLITE);
  const { url } = program;
  await keep(url, [{ ...at(0, "m0"), from: "+14155550101", text: "a table" }]);
  const page = await visit(t, `${url}/#/messages?q=table&from=%2B14155550101`);
  await until(page, ["m0"]);
  await post(url, { ...at(1, "other"), from: "+14155550102", text: "a table" });
  await post(url, { ...at(2, "m1"), from: "+14155550101", text: "no chair" });
  await post(url, { ...at(3, "m2"), from: "+14155550101", text: "THE TABLE" });
  await until(page, ["m2", "m0"]);
  await page.getByText("2 messages found", { exact: true }).waitFor();
});

test("what comes on top slides in, unless the reader minds motion", async (t) => {
  const { program } = await restartable(t, SQLITE);
  const { url } = program;
  await keep(url, [at(0, "m0")]);
  const seen =
    "void (window.moved = 0, (function look() { window.moved += document.getAnimations().filter((one) => one.effect.target.className === 'list-space').length; requestAnimationFrame(look); })())";
  for (const reducedMotion of ["no-preference", "reduce"] as const) {
    const page = await visit(t, `${url}/`, { reducedMotion });
    await rowsOf(page).first().waitFor();
    const before = await drawnIds(page);
    await page.evaluate(seen);
    await post(url, at(100 + before.length, reducedMotion));
    await until(page, [reducedMotion, ...before]);
    const isMoved = await eventually("a frame", async () => {
      await page.evaluate("new Promise(requestAnimationFrame)");
      return (await page.evaluate<number>("window.moved")) > 0;
    });
    assert.equal(isMoved, reducedMotion === "no-preference");
  }
});

test("a token that is known no more is told by the stream: the page asks for another", async (t) => {
  const cwd = tempFolder(t);
  const env = { DATABASE_URL: `sqlite:///${join(cwd, "app.db")}` };
  const program = await startVisited(t, { cwd, env: { ...env, API_TOKENS: `ops:admin:${ADMIN}` } });
  const { port } = new URL(program.url);
  const page = await visit(t, `${program.url}/`, { expected: new RegExp(`401|${AWAY.source}`) });
  await page.getByLabel("API token").fill(ADMIN);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Nothing here yet" }).waitFor();
  await program.stop("SIGTERM");
  await startVisited(t, {
    cwd,
    env: { ...env, PORT: port, API_TOKENS: "ops:admin:another-0123456789abcdef" },
  });
  await page.getByLabel("API token").waitFor();
});

test("what others erase goes from the list", async (t) => {
  const { program } = await restartable(t, SQLITE);
  const { url } = program;
  await keep(url, [at(0, "m0"), at(1, "m1"), at(2, "m2")]);
  const page = await visit(t, `${url}/`);
  await until(page, ["m2", "m1", "m0"]);
  assert.equal((await request(`${url}/messages/m1`, { method: "DELETE" })).status, 200);
  await until(page, ["m2", "m0"]);
});

test("what others erase goes also while so much arrives that the stream tells of nothing else", async (t) => {
  const { program } = await restartable(t, SQLITE);
  const { url } = program;
  await keep(url, [at(0, "m0"), at(1, "m1")]);
  const page = await visit(t, `${url}/#/health`);
  await page.clock.install();
  await page.getByRole("link", { name: "Messages", exact: true }).click();
  await until(page, ["m1", "m0"]);
  await post(url, at(2, "m2"));
  await page.clock.runFor(1_000);
  await until(page, ["m2", "m1", "m0"]);
  assert.equal((await request(`${url}/messages/m1`, { method: "DELETE" })).status, 200);
  // The stream says nothing for 15 s behind a message.
  // By the page's clock, and before that lets it believe the stream lost, at 45 s; the service says nothing for 15 s of its own.
  await page.clock.runFor(28_000);
  for (let ranMs = 0; ranMs < 15_000 && (await drawnIds(page)).length > 2; ranMs += 50)
    await page.clock.runFor(50);
  assert.deepEqual(await drawnIds(page), ["m2", "m0"]);
});
