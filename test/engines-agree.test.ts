/**
 * The same load into every engine, then every kind of question to each: the answers are the same, to the byte. AGREE_SEED asks
 * for the load and the questions of another run.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import * as fc from "fast-check";
import type { Message } from "../src/message.ts";
import type { Store } from "../src/store/store.ts";
import type { Database } from "./contract/database.ts";
import { filterOf, positionOf } from "./contract/places.ts";
import * as arbitrary from "./support/arbitrary.ts";
import { startAppOver } from "./support/app.ts";
import { request } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { encode } from "./support/listing.ts";
import { anySeed } from "./support/random.ts";
import { searchInbox } from "./support/search-inbox.ts";
import { questionOf } from "./support/search-question.ts";

const MESSAGES = 1_500;
const BATCH = 100;
const QUESTIONS = 200;
const TIMELINES = 150;
const REQUESTS = 60;

interface Opened {
  readonly name: string;
  readonly database: Database;
  readonly store: Store;
}

/** Some again, some changed, some twice in one batch, some that none may hold: what is told of each is compared too. */
function loadOf(seed: number): Message[][] {
  const messages = searchInbox(MESSAGES, seed);
  const batches = Array.from({ length: MESSAGES / BATCH }, (_, index) =>
    messages.slice(index * BATCH, (index + 1) * BATCH),
  );
  return batches.map((batch, index) => {
    const [first, own, other] = [batch[0], batch[index % BATCH], batches[index - 1]?.[7]];
    const again = [own, other].filter((message) => message !== undefined);
    const changed = again.map(({ message_id, from, to, ts }) => ({
      message_id,
      from,
      to,
      ts,
      text: "changed",
    }));
    const refused = { ...(first as Message), message_id: `refused ${index}`, ts: "yesterday" };
    return batch.concat(again, changed, refused);
  });
}

async function openAll(t: TestContext): Promise<Opened[]> {
  return Promise.all(
    ENGINES.map(async ({ name, create }) => {
      const database = await create(t);
      return { name, database, store: await database.open(() => 1_000) };
    }),
  );
}

/** The answer that all of them give. */
async function agreed<T>(
  asked: unknown,
  opened: readonly Opened[],
  ask: (one: Opened) => Promise<T>,
): Promise<T> {
  const [first, ...others] = await Promise.all(
    opened.map(async (one) => ({ name: one.name, said: JSON.stringify(await ask(one)) })),
  );
  for (const { name, said } of others) {
    assert.equal(said, first?.said, `${name} beside ${first?.name ?? ""}: ${JSON.stringify(asked)}`);
  }
  return JSON.parse(first?.said ?? "null") as T;
}

test("all engines give the same answers", async (t) => {
  const seed = Number(process.env["AGREE_SEED"] ?? anySeed());
  t.diagnostic(`AGREE_SEED=${seed}`);
  const opened = await openAll(t);
  const load = loadOf(seed);
  for (const batch of load) {
    const told = await agreed("append", opened, ({ store }) => store.append(batch));
    assert.equal(told.length, batch.length);
  }
  const messages = searchInbox(MESSAGES, seed);
  const sample = <T>(from: fc.Arbitrary<T>, numRuns: number): T[] => fc.sample(from, { numRuns, seed });

  await t.test(
    "to questions for a page, by offset and behind a position, with and without a needle",
    async () => {
      for (const { filter, ...page } of sample(questionOf(messages), QUESTIONS)) {
        const { q, ...others } = filter;
        for (const asked of [filterOf(q === undefined ? others : { ...others, q }), filterOf(others)]) {
          const { next } = await agreed({ asked, page }, opened, ({ store }) => store.find(asked, page));
          if (next === null) continue;
          const behind = { ...page, offset: 0, after: next };
          await agreed({ asked, behind }, opened, ({ store }) => store.find(asked, behind));
        }
      }
    },
  );

  await t.test("to deep pages, which the counters lead to", async () => {
    for (const order of ["asc", "desc"] as const) {
      for (let offset = 0; offset <= MESSAGES; offset += 97) {
        const page = { order, offset, limit: 50 };
        await agreed(page, opened, ({ store }) => store.find({}, page));
        const after = positionOf(messages[offset % MESSAGES] as Message);
        await agreed({ after }, opened, ({ store }) => store.find({}, { ...page, offset: 0, after }));
      }
    }
  });

  await t.test("to figures, timelines and single messages", async () => {
    await agreed("stats", opened, ({ store }) => store.stats());
    const parties = ["+14155550100", "+111", "whatsapp:+1", "nobody"];
    const times = fc.constantFrom(...messages.map(({ ts }) => ts), ...arbitrary.INSTANTS);
    for (const filter of sample(arbitrary.timelineFilter(parties, times), TIMELINES)) {
      for (const bucket of ["hour", "day"] as const) {
        const asked = { ...filterOf(filter), bucket, limit: 1_000 };
        await agreed(asked, opened, ({ store }) => store.timeline(asked));
      }
    }
    for (const { message_id } of [...messages.slice(0, 50), { message_id: "nobody's" }, { message_id: "" }]) {
      await agreed(message_id, opened, ({ store }) => store.get(message_id));
    }
  });

  await t.test("over HTTP, in status, links and bytes", async (t) => {
    const urls = new Map<string, string>();
    for (const { name, store } of opened) urls.set(name, (await startAppOver(t, store)).url);
    const answer = async ({ name }: Opened, path: string): Promise<unknown> => {
      const url = urls.get(name) ?? "";
      const { status, text, headers } = await request(`${url}${path}`);
      return [status, text, headers.get("link")?.replaceAll(url, "")];
    };
    const paths = sample(questionOf(messages), REQUESTS).map(
      ({ filter, order, limit, offset }) =>
        `/messages?${encode({ ...filter, order, limit: String(limit), offset: String(offset) })}`,
    );
    const fixed = [
      "/stats",
      "/stats/timeline",
      "/messages",
      "/messages/nobody",
      "/health/ready",
      "/messages?q=%00",
    ];
    for (const path of [...fixed, ...paths]) await agreed(path, opened, (one) => answer(one, path));
  });

  await t.test("to what is kept of conflicts", async () => {
    // What SQLite keeps of them follows behind, and is there once it is closed.
    await Promise.all(opened.map(({ store }) => store.close()));
    const kept = await agreed("conflicts", opened, async ({ database }) =>
      (await database.conflicts()).toSorted((a, b) =>
        a.message_id + a.later < b.message_id + b.later ? -1 : 1,
      ),
    );
    assert.ok(kept.length > 0);
  });
});
