/**
 * A restore that is killed at any of its calls leaves the data folder as it was, or complete, or one that no service starts on.
 * RESTORE_SEED repeats a run.
 */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { AppError } from "../src/errors.ts";
import { openSqliteStore } from "../src/store/sqlite/store.ts";
import { type Call, type KillAction, type Rule, Shim } from "./prove/shim.ts";
import { backUp, restore } from "./support/backup.ts";
import { assertFound, runDoctor } from "./support/doctor.ts";
import { fill, INBOXES, manyMessages } from "./support/migrate.ts";
import { runProgram, startProgram } from "./support/program.ts";
import { type Random, seededRandom } from "./support/random.ts";
import { storeOptions } from "./support/store-options.ts";
import { tempFolder } from "./support/temp.ts";

/** More than a megabyte, so that the copy takes several writes. */
const MESSAGES = 2_500;
const CALLS: readonly Call[] = ["open", "write", "truncate", "sync", "unlink", "rename"];
const KILLS: readonly KillAction[] = ["killBefore", "killMiddle", "killAfter"];
/** The main file, and what becomes it. */
const FILES = "app.db?(.restoring)";
const KILLS_AT_ANY_CALL = 2;
const CALLS_LOOKED_AT = 30;

type Left = "as before" | "complete" | "refused";

class Place {
  readonly path: string;
  readonly #shim: Shim;

  constructor(t: TestContext) {
    const folder = join(realpathSync(tempFolder(t)), "files");
    mkdirSync(folder);
    this.path = join(folder, "data", "app.db");
    this.#shim = new Shim(folder, `${folder}.control`);
    t.after(() => this.#shim.close());
  }

  get url(): string {
    return `sqlite:///${this.path}`;
  }

  /** Resolves with whether it was killed; it has restored everything otherwise. */
  async restoreKilled(backup: string, rule: Rule): Promise<boolean> {
    this.#shim.set(rule);
    const { code, stderr } = await runProgram(["restore", backup], {
      cwd: dirname(dirname(this.path)),
      env: { ...this.#shim.environment(), DATABASE_URL: this.url },
    });
    this.#shim.clear();
    assert.ok(code === null || code === 0, stderr);
    return code === null;
  }
}

/** What a start finds, tried on a copy. */
async function leftAt(t: TestContext, path: string): Promise<Left> {
  const folder = dirname(path);
  if (!existsSync(folder)) return "as before";
  const copy = join(tempFolder(t), "data");
  cpSync(folder, copy, { recursive: true });
  try {
    const store = await openSqliteStore(join(copy, "app.db"), storeOptions());
    const { total_messages } = await store.stats();
    await store.close();
    if (total_messages === MESSAGES) return "complete";
    assert.deepEqual(
      [total_messages, readdirSync(folder).filter((name) => !name.startsWith("app.db.lock"))],
      [0, []],
      "a start finds an empty inbox where a restore had begun",
    );
    return "as before";
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    assert.equal(error.code, "cannot_start");
    assert.match(
      error.message,
      /app\.db\.restoring is of a restore that was not finished: run lyftr restore again, or /,
    );
    return "refused";
  }
}

async function madeBackup(t: TestContext): Promise<string> {
  const source = await INBOXES.SQLite(t);
  const store = await source.open();
  await fill(store, manyMessages(MESSAGES));
  await store.close();
  return backUp(t, source.url);
}

function anyRule(random: Random): Rule {
  const callsLeft = random.below(CALLS_LOOKED_AT);
  return { action: random.pick(KILLS), calls: CALLS, pattern: "*", callsLeft };
}

if (process.platform === "linux") {
  test("a restore killed at each call on its file, and at any other, leaves what a start takes rightly", async (t) => {
    const random = seededRandom(t, "RESTORE_SEED");
    const backup = await madeBackup(t);
    const found = new Set<Left>();
    const tryAt = async (rule: Rule): Promise<boolean> => {
      const place = new Place(t);
      const wasKilled = await place.restoreKilled(backup, rule);
      const left = await leftAt(t, place.path);
      found.add(left);
      if (!wasKilled) assert.equal(left, "complete");
      if (left !== "refused") return wasKilled;
      // Killed once more on the way, which must not make a place of it on which a service starts with nothing.
      const again = { action: random.pick(KILLS), calls: CALLS, pattern: FILES, callsLeft: random.below(3) };
      await place.restoreKilled(backup, again);
      const second = await leftAt(t, place.path);
      assert.notEqual(second, "as before");
      if (second === "refused") await restore(t, backup, place.url);
      return wasKilled;
    };
    for (let callsLeft = 0; ; callsLeft += 1) {
      if (!(await tryAt({ action: random.pick(KILLS), calls: CALLS, pattern: FILES, callsLeft }))) break;
    }
    for (let times = 0; times < KILLS_AT_ANY_CALL; times += 1) await tryAt(anyRule(random));
    assert.ok(found.has("refused") && found.has("complete"), [...found].join(" "));
  });

  test("lyftr serve on what a killed restore left ends with code 2 and says what to do; once that is removed it starts", async (t) => {
    const backup = await madeBackup(t);
    const place = new Place(t);
    assert.ok(await place.restoreKilled(backup, { action: "killBefore", calls: ["rename"], pattern: FILES }));
    const part = `${place.path}.restoring`;
    const bytes = readFileSync(part);
    const env = { DATABASE_URL: place.url };
    await assert.rejects(startProgram(t, { cwd: tempFolder(t), env }), {
      message:
        `lyftr serve ended (exit code 2) before it listened:\nlyftr: ${part} is of a restore that was not finished: ` +
        "run lyftr restore again, or remove it to start with an empty inbox\n",
    });
    assert.ok(readFileSync(part).equals(bytes));
    assert.ok(!existsSync(place.path));
    const diagnosis = await runDoctor(t, env);
    assertFound(
      diagnosis,
      "data file",
      "fail",
      /\.restoring is of a restore that was not finished → run lyftr restore/,
    );
    rmSync(part);
    const program = await startProgram(t, { cwd: tempFolder(t), env });
    assert.equal(await program.stop("SIGTERM"), 0);
  });
}
