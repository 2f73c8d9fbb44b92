/** The cut-over as docs/operations.md writes it, with senders that send through all of it and send again until they get a 200. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Message, Stats } from "../src/message.ts";
import { post, request } from "./support/client.ts";
import { eventually } from "./support/eventually.ts";
import { assertDone, INBOXES, runMigrate, verdict } from "./support/migrate.ts";
import { startProgram } from "./support/program.ts";
import { tempFolder } from "./support/temp.ts";
import { until } from "./support/until.ts";

const SENDERS = 4;

/** Senders that never give a message up. */
class Senders {
  readonly acknowledged = new Map<string, Message>();
  readonly #url: string;
  #stopped = false;
  readonly #running: Promise<unknown>;

  constructor(url: string) {
    this.#url = url;
    this.#running = Promise.all(Array.from({ length: SENDERS }, (_, sender) => this.#send(sender)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  /** Resolves when so many more have got their 200. */
  async more(count: number): Promise<void> {
    const before = this.acknowledged.size;
    await until("more messages are taken", () => this.acknowledged.size >= before + count);
  }

  async #send(sender: number): Promise<void> {
    for (let index = 0; !this.#stopped; index += 1) {
      const message: Message = {
        message_id: `m${sender}-${index}`,
        from: `+${sender}`,
        to: "+14155550100",
        ts: `2025-01-15T10:0${index % 10}:0${sender}Z`,
        text: index % 3 === 0 ? null : `Привет number ${index}`,
      };
      await eventually("the message is taken", async () => {
        const answer = await post(this.#url, message).catch(() => null);
        return answer?.status === 200 || undefined;
      });
      this.acknowledged.set(message.message_id, message);
    }
  }
}

async function everyMessage(url: string, query: string): Promise<Message[]> {
  const found: Message[] = [];
  for (;;) {
    const { json } = await request(`${url}/messages?limit=100&offset=${found.length}&${query}`);
    const { data, total } = json as { data: Message[]; total: number };
    found.push(...data);
    if (data.length === 0) {
      assert.equal(total, found.length);
      return found;
    }
  }
}

/** That the service has exactly what was acknowledged, by its list, its figures and its search. */
async function assertHas(url: string, acknowledged: ReadonlyMap<string, Message>): Promise<void> {
  const sent = [...acknowledged.values()];
  const listed = await everyMessage(url, "");
  assert.equal(listed.length, sent.length);
  for (const message of listed) assert.deepEqual(message, acknowledged.get(message.message_id));
  const stats = (await request(`${url}/stats`)).json as Stats;
  assert.equal(stats.total_messages, sent.length);
  assert.deepEqual(
    new Map(stats.top_senders.map(({ from, count }) => [from, count])),
    new Map(["+0", "+1", "+2", "+3"].map((from) => [from, sent.filter((one) => one.from === from).length])),
  );
  const found = await everyMessage(url, `q=${encodeURIComponent("ПРИВЕТ")}&from=%2B1`);
  assert.equal(found.length, sent.filter(({ from, text }) => from === "+1" && text !== null).length);
}

test("from SQLite to PostgreSQL: senders meet errors only while the service restarts, and nothing is lost", async (t) => {
  const cwd = tempFolder(t);
  const target = await INBOXES.PostgreSQL(t);
  const file = `sqlite:///${join(cwd, "app.db")}`;
  const first = await startProgram(t, { cwd, env: { DATABASE_URL: file } });
  const senders = new Senders(first.url);
  await senders.more(200);

  const serving = await runMigrate(t, file, target.url);
  assert.equal(serving.code, 0, serving.stdout + serving.stderr);
  assert.match(verdict(serving), /^so far: .* a service still runs on the source/);
  await senders.more(50);
  assert.equal(await first.stop("SIGTERM"), 0);
  const env = { DATABASE_URL: target.url, PORT: new URL(first.url).port };
  const second = await startProgram(t, { cwd, env });
  await senders.more(50);
  const finished = await runMigrate(t, file, target.url);
  assertDone(finished);
  assert.match(finished.stdout, /^beside {4}\d+ messages? in the target/m);

  await senders.more(50);
  await senders.stop();
  await assertHas(second.url, senders.acknowledged);
  assert.equal(await second.stop("SIGTERM"), 0);
  await target.assertExact();
});

test("from PostgreSQL to SQLite: what arrived meanwhile is brought between stop and start", async (t) => {
  const cwd = tempFolder(t);
  const [source, target] = [await INBOXES.PostgreSQL(t), await INBOXES.SQLite(t)];
  const first = await startProgram(t, { cwd, env: { DATABASE_URL: source.url } });
  const senders = new Senders(first.url);
  await senders.more(200);

  const serving = await runMigrate(t, source.url, target.url);
  assert.equal(serving.code, 0, serving.stdout + serving.stderr);
  assert.match(verdict(serving), /^so far: /);
  await senders.more(50);
  assert.equal(await first.stop("SIGTERM"), 0);
  const copied = await runMigrate(t, source.url, target.url, "--only", "copy");
  assert.equal(copied.code, 0, copied.stdout + copied.stderr);
  assert.match(verdict(copied), /^copied: [1-9]\d* messages, not compared yet/);
  const env = { DATABASE_URL: target.url, PORT: new URL(first.url).port };
  const second = await startProgram(t, { cwd, env });
  await senders.more(50);
  assertDone(await runMigrate(t, source.url, target.url, "--only", "compare"));

  await senders.stop();
  await assertHas(second.url, senders.acknowledged);
  assert.equal(await second.stop("SIGTERM"), 0);
  await target.assertExact();
});

test("a service that was killed on the source: what only its journal holds is moved too", async (t) => {
  const cwd = tempFolder(t);
  const target = await INBOXES.PostgreSQL(t);
  const file = `sqlite:///${join(cwd, "app.db")}`;
  const first = await startProgram(t, { cwd, env: { DATABASE_URL: file } });
  const senders = new Senders(first.url);
  await senders.more(100);
  await first.stop("SIGKILL");
  const finished = await runMigrate(t, file, target.url);
  assertDone(finished);
  const env = { DATABASE_URL: target.url, PORT: new URL(first.url).port };
  const second = await startProgram(t, { cwd, env });
  await senders.more(10);
  await senders.stop();
  await assertHas(second.url, senders.acknowledged);
});
