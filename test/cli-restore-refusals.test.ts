/** A backup that is not as it was written is refused by the name of the file, and data that is there is never written over. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { hash } from "node:crypto";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { lockFile } from "../src/store/sqlite/lock.ts";
import { backUp, exported, manifestOf, restore, runOn } from "./support/backup.ts";
import { fill, INBOXES, manyMessages } from "./support/migrate.ts";
import { PROGRAM, startProgram } from "./support/program.ts";
import { seededRandom } from "./support/random.ts";
import { tempFolder } from "./support/temp.ts";

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** As somebody would who changes it on purpose, with the hash that belongs to it. */
function rewrite(folder: string, members: object): void {
  const { sha256: _old, ...manifest } = manifestOf(folder) as unknown as Record<string, unknown>;
  const changed = { ...manifest, ...members };
  const sha256 = hash("sha256", JSON.stringify(changed), "hex");
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ ...changed, sha256 }));
}

for (const [name, inbox] of Object.entries(INBOXES)) {
  describe(`on ${name}`, () => {
    test("a damaged backup is refused by the name of what is wrong, and nothing is made", async (t) => {
      const random = seededRandom(t, "DAMAGE_SEED");
      const source = await inbox(t);
      const store = await source.open();
      await fill(store, manyMessages(300));
      await store.close();
      const whole = await backUp(t, source.url);
      const { files } = manifestOf(whole);
      const filled = files.filter(({ bytes }) => bytes > 0);
      const any = random.pick(filled);
      const damages: readonly (readonly [(folder: string) => void, RegExp])[] = [
        ...filled.map(
          (file) =>
            [
              (folder: string) => flip(join(folder, file.name), random.below(file.bytes)),
              new RegExp(`${file.name} is damaged: its bytes are not those that were written`),
            ] as const,
        ),
        [(folder) => rmSync(join(folder, any.name)), new RegExp(`${any.name} is damaged: it is missing`)],
        [
          (folder) => truncateSync(join(folder, any.name), any.bytes - 1),
          new RegExp(
            `${any.name} is damaged: it has ${any.bytes - 1} bytes, and was written with ${any.bytes}`,
          ),
        ],
        [
          (folder) => truncateSync(join(folder, "manifest.json"), 200),
          /manifest\.json is damaged: it is no JSON object, or was cut short/,
        ],
        [
          (folder) => {
            const text = readFileSync(join(folder, "manifest.json"), "utf8");
            writeFileSync(join(folder, "manifest.json"), text.replace('"messages": 300', '"messages": 301'));
          },
          /manifest\.json is damaged: it is not as it was written/,
        ],
        [
          (folder) => rmSync(join(folder, "manifest.json")),
          /manifest\.json is not there: .* or one that was cut off/,
        ],
        [(folder) => rewrite(folder, { format: 2 }), /is of a newer lyftr \(format 2\)/],
        [
          (folder) => rewrite(folder, { schema: 99 }),
          /has schema 99, but this lyftr knows schemas up to \d+: run a newer/,
        ],
        [
          (folder) => rewrite(folder, { files: [{ ...any, name: "../app.db" }] }),
          /manifest\.json is damaged: files/,
        ],
      ];
      const target = await inbox(t);
      for (const [damage, words] of damages) {
        const folder = join(tempFolder(t), "copy");
        cpSync(whole, folder, { recursive: true });
        damage(folder);
        const finished = await runOn(target.url, tempFolder(t), ["restore", folder]);
        assert.equal(finished.code, 2, `${String(words)} ${finished.stderr}`);
        assert.match(finished.stderr, words);
        assert.equal(await target.count(), 0);
      }
      if (name === "SQLite") assert.deepEqual(readdirSync(dirname(target.url.replace("sqlite:///", ""))), []);
      await restore(t, whole, target.url);
      assert.equal(await target.count(), 300);
    });

    test("where anything is stored, or a service runs, nothing is restored", async (t) => {
      const source = await inbox(t);
      const store = await source.open();
      await fill(store, manyMessages(30));
      await store.close();
      const folder = await backUp(t, source.url);
      const before = await exported(t, source.url);
      const over = await runOn(source.url, tempFolder(t), ["restore", folder]);
      assert.equal(over.code, 2);
      assert.match(
        over.stderr,
        /(is there already|holds data already).*, and nothing is written over: name /,
      );
      assert.equal(await exported(t, source.url), before);

      const served = await inbox(t);
      const program = await startProgram(t, { cwd: tempFolder(t), env: { DATABASE_URL: served.url } });
      // On a server a service is seen by its connections, which it opens in its first second.
      await served.served();
      const beside = await runOn(served.url, tempFolder(t), ["restore", folder]);
      assert.equal(beside.code, 2, beside.stderr);
      assert.match(beside.stderr, /is there already|a service runs on/);
      assert.equal(await program.stop("SIGTERM"), 0);
    });
  });
}

test("a backup of one engine is not for the other, and says what to do", async (t) => {
  const [file, server] = [await INBOXES.SQLite(t), await INBOXES.PostgreSQL(t)];
  await (await file.open()).close();
  const folder = await backUp(t, file.url);
  const finished = await runOn(server.url, tempFolder(t), ["restore", folder]);
  assert.equal(finished.code, 2);
  assert.match(finished.stderr, /is a backup of SQLite, and DATABASE_URL names PostgreSQL: .* lyftr migrate/);
});

test("a table of another program is no room for a backup, also while it is empty and has a name of ours", async (t) => {
  const [source, target] = [await INBOXES.PostgreSQL(t), await INBOXES.PostgreSQL(t)];
  await (await source.open()).close();
  const folder = await backUp(t, source.url);
  await target.change("CREATE TABLE conflicts (own integer)");
  const finished = await runOn(target.url, tempFolder(t), ["restore", folder]);
  assert.equal(finished.code, 2, finished.stdout + finished.stderr);
  assert.match(
    finished.stderr,
    /holds tables of another program \(it has "conflicts".*name an empty database/,
  );
  await target.change("SELECT own FROM conflicts");
});

test("a SQLite place that a process has claimed is refused, though no data is there", async (t) => {
  const source = await INBOXES.SQLite(t);
  await (await source.open()).close();
  const folder = await backUp(t, source.url);
  const path = join(tempFolder(t), "app.db");
  const release = lockFile(path);
  const finished = await runOn(`sqlite:///${path}`, tempFolder(t), ["restore", folder]);
  release();
  assert.equal(finished.code, 2);
  assert.match(finished.stderr, /app\.db is in use by another lyftr process/);
  await restore(t, folder, `sqlite:///${path}`);
});

test("a journal that was left behind is data: it is not passed over", async (t) => {
  const source = await INBOXES.SQLite(t);
  await (await source.open()).close();
  const folder = await backUp(t, source.url);
  const path = join(tempFolder(t), "app.db");
  writeFileSync(`${path}.journal`, "whatever");
  const finished = await runOn(`sqlite:///${path}`, tempFolder(t), ["restore", folder]);
  assert.equal(finished.code, 2);
  assert.match(finished.stderr, /app\.db\.journal is there already/);
  assert.ok(!existsSync(path));
});

for (const [name, inbox] of Object.entries(INBOXES)) {
  test(`on ${name}, a backup and a restore that are killed leave nothing that looks whole, and can be run again`, async (t) => {
    const random = seededRandom(t, "KILL_SEED");
    const source = await inbox(t);
    const store = await source.open();
    await fill(store, manyMessages(2_000));
    await store.close();
    const before = await exported(t, source.url);
    const cwd = tempFolder(t);
    for (let round = 0; round < 6; round += 1) {
      await runKilled(source.url, cwd, ["backup", "one"], 100 + random.below(1_200));
      // It may have been done by then; else nothing has its name.
      if (existsSync(join(cwd, "one"))) assert.ok(existsSync(join(cwd, "one", "manifest.json")));
      rmSync(join(cwd, "one"), { recursive: true, force: true });
    }
    const again = await runOn(source.url, cwd, ["backup", "one"]);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(readdirSync(cwd), ["one"], "what was cut off is cleared away");
    const target = await inbox(t);
    for (let round = 0; round < 6; round += 1) {
      await runKilled(target.url, cwd, ["restore", "one"], 50 + random.below(400));
      if ((await target.count()) > 0) break;
    }
    if ((await target.count()) === 0) await restore(t, join(cwd, "one"), target.url);
    assert.equal(await exported(t, target.url), before);
    await target.assertExact();
  });
}

/** `kill -9` after so long, unless it has ended by then. */
async function runKilled(url: string, cwd: string, args: readonly string[], afterMs: number): Promise<void> {
  const { NODE_TEST_CONTEXT: _mark, ...env } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: { ...env, DATABASE_URL: url },
    stdio: "ignore",
  });
  const killing = setTimeout(() => child.kill("SIGKILL"), afterMs);
  await once(child, "close");
  clearTimeout(killing);
}
