import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../src/message.ts";
import { request } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { encode, keep, type Listed, nextOf } from "./support/listing.ts";
import { comparePlaces, matches, Model, type ModelFilter } from "./support/model.ts";
import { type Random, seededRandom } from "./support/random.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";

const SENDERS = ["+111", "+222"] as const;
const RECIPIENTS = ["+333", "+444"] as const;
const TEXTS = ["Grüße aus Köln", "GRÜSSE und mehr", "grün, 🎉", "nothing of the kind", null] as const;
const FRACTIONS = ["", ".0", ".5", ".50", ".000000001"] as const;
const LIMIT = 5;
/** While this many pages are read messages arrive; the rest must then come to an end. */
const PAGES_DISTURBED = 5;
/** After each of them, at any time; besides those that are aimed at the cursor. */
const ARRIVALS_ANYWHERE = 4;

const FILTERS: Readonly<Record<string, ModelFilter>> = {
  "no filter": {},
  from: { from: "+111" },
  to: { to: "+444" },
  "since and until": { since: "2025-01-15T10:00:03Z", until: "2025-01-15T10:00:17.000000001Z" },
  q: { q: "grü" },
  "q of two characters": { q: "RÜ" },
  "q of one character": { q: "🎉" },
  "q, from and since": { q: "GRÜ", from: "+222", since: "2025-01-15T10:00:02Z" },
  everything: {
    q: "ü",
    from: "+111",
    to: "+333",
    since: "2025-01-15T10:00:01Z",
    until: "2025-01-15T10:00:19Z",
  },
};

/** Some time in twenty seconds, at which many messages meet. */
function anyTs(random: Random): string {
  return `2025-01-15T10:00:${String(random.below(20)).padStart(2, "0")}${random.pick(FRACTIONS)}Z`;
}

function anyMessage(random: Random, message_id: string, ts: string): Message {
  const [from, to, text] = [random.pick(SENDERS), random.pick(RECIPIENTS), random.pick(TEXTS)];
  return sampleMessage({ message_id, from, to, text, ts });
}

/** Another spelling of the same instant, where nine digits leave room for one. */
function respelled(ts: string): string {
  if (!ts.includes(".")) return ts.replace("Z", ".000Z");
  return ts.length < "0000-00-00T00:00:00.000000000Z".length ? ts.replace("Z", "0Z") : ts;
}

/** What arrives once a page ended here: anywhere, at the cursor's instant on either side of it, and nearest to it. */
function arrivalsAt(random: Random, cursor: Message, number: number): Message[] {
  // Cut short, since one that arrived so may be the next cursor.
  const id = cursor.message_id.slice(0, 200);
  const near = [
    anyMessage(random, `${id}!${number}`, cursor.ts),
    anyMessage(random, `${id.slice(0, -1)}!${number}`, respelled(cursor.ts)),
    { ...cursor, message_id: `${id}\u0001${number}`, ts: respelled(cursor.ts) },
    { ...cursor, message_id: `!${number}` },
  ];
  const anywhere = Array.from({ length: ARRIVALS_ANYWHERE }, (_, index) =>
    anyMessage(random, `${random.below(1_000)}-${number}-${index}`, anyTs(random)),
  );
  return [...near, ...anywhere];
}

/** Follows the links of a list while messages arrive between the pages. `model` holds what the service holds. */
async function walkDisturbed(
  url: string,
  model: Model,
  filter: ModelFilter,
  order: "asc" | "desc",
  random: Random,
) {
  const due = model.find(filter);
  let total = due.length;
  let behind = 0;
  const ids: string[] = [];
  let next: string | undefined = `${url}/messages?${encode({ ...filter, order, limit: String(LIMIT) })}`;
  for (let page = 1; next !== undefined; page += 1) {
    const answer = await request(next);
    assert.equal(answer.status, 200, answer.text);
    const listed = answer.json as Listed;
    assert.equal(listed.total, total, "all that match by now");
    ids.push(...listed.data.map(({ message_id }) => message_id));
    next = nextOf(url, answer);
    const cursor = listed.data.at(-1);
    if (cursor === undefined || page > PAGES_DISTURBED) continue;
    const arrivals = arrivalsAt(random, cursor, page);
    await keep(url, arrivals);
    for (const arrival of arrivals) {
      if (model.append(arrival) !== "created" || !matches(arrival, filter)) continue;
      total += 1;
      const place = comparePlaces(arrival, cursor);
      if (next === undefined || (order === "asc" ? place < 0 : place > 0)) continue;
      due.push(arrival);
      behind += 1;
    }
  }
  due.sort(comparePlaces);
  if (order === "desc") due.reverse();
  return { ids, due: due.map(({ message_id }) => message_id), behind };
}

const WALKS = ENGINES.flatMap((engine) => [[engine, "asc"] as const, [engine, "desc"] as const]);

for (const [engine, order] of WALKS) {
  test(`${engine.name}: links followed ${order} skip and repeat nothing while messages arrive before, at and behind them`, async (t) => {
    const random = seededRandom(t, "ARRIVALS_SEED");
    const { url } = await startTestService(t, { store: await engine.locate(t) });
    const model = new Model();
    let arrivedBehind = 0;
    for (const [name, filter] of Object.entries(FILTERS)) {
      const more = Array.from({ length: 25 }, (_, index) =>
        anyMessage(random, `${random.below(1_000)} ${name} ${index}`, anyTs(random)),
      );
      for (const message of await keep(url, more)) model.append(message);
      const { ids, due, behind } = await walkDisturbed(url, model, filter, order, random);
      assert.deepEqual(ids, due, name);
      arrivedBehind += behind;
    }
    // One filter's few may all come before its cursors; not those of all.
    assert.ok(arrivedBehind > 0, "some arrived behind a cursor");
  });
}
