import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { AppError } from "../../src/errors.ts";
import type { Message } from "../../src/message.ts";
import { type Arrival, ARRIVALS_COUNTED } from "../../src/store/arrivals.ts";
import type { Store } from "../../src/store/store.ts";
import { eventually } from "../support/eventually.ts";
import { type Random, seededRandom } from "../support/random.ts";
import { sampleMessage } from "../support/sample.ts";
import { type CreateDatabase, openEmpty } from "./database.ts";

const SENDERS = 8;
const BATCHES_OF_EACH = 40;

function messagesOf(...ids: string[]): Message[] {
  return ids.map((message_id) => sampleMessage({ message_id }));
}

async function nowOf(store: Store): Promise<string> {
  return (await store.arrivals(null, 1)).next;
}

/** All behind the place that can be read, in pages of one size or of random ones. */
async function allBehind(store: Store, after: string, limit: () => number): Promise<Arrival[]> {
  const found: Arrival[] = [];
  for (let place = after; ;) {
    const { data, next, isCut } = await store.arrivals(place, limit());
    found.push(...data);
    place = next;
    if (!isCut) return found;
  }
}

/** Waits until so many are behind the place. */
async function arrived(store: Store, after: string, count: number): Promise<Arrival[]> {
  return eventually(`${count} messages to arrive`, async () => {
    const found = await allBehind(store, after, () => 1_000);
    return found.length >= count ? found : undefined;
  });
}

function idsOf(arrivals: readonly Arrival[]): string[] {
  return arrivals.map(({ message }) => message.message_id);
}

async function assertInvalid(call: Promise<unknown>, why: RegExp): Promise<void> {
  await assert.rejects(
    call,
    (error) => error instanceof AppError && error.code === "invalid" && why.test(error.message),
  );
}

/** Several at once, each some batches one after the other; now and then an id that was sent before. */
async function sendAll(store: Store, random: Random): Promise<Set<string>> {
  const sent = new Set<string>();
  const run = async (sender: number): Promise<void> => {
    for (let number = 0; number < BATCHES_OF_EACH; number += 1) {
      const ids = Array.from({ length: 1 + random.below(5) }, (_, index) => `${sender}.${number}.${index}`);
      if (sent.size > 0 && random.below(4) === 0) ids.push([...sent][random.below(sent.size)] ?? "");
      for (const id of ids) sent.add(id);
      await store.append(messagesOf(...ids));
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, (_, sender) => run(sender)));
  return sent;
}

export function arrivalPromises(create: CreateDatabase): void {
  test("behind now there is nothing; then every message comes, as it was sent, in one order", async (t) => {
    const store = await openEmpty(t, create);
    await store.append(messagesOf("before"));
    const now = await store.arrivals(null, 10);
    assert.deepEqual(now.data, []);
    const messages = [
      sampleMessage({ message_id: "z 😀", from: "+1", ts: "0001-01-01T00:00:00.120Z", text: null }),
      sampleMessage({ message_id: "a", to: "+2", ts: "9999-12-31T23:59:59.999999999Z", text: "ПРИВЕТ \n" }),
    ];
    for (const message of messages) await store.append([message]);
    const found = await arrived(store, now.next, 2);
    assert.deepEqual(
      found.map(({ message }) => message),
      messages,
    );
    for (const { place } of found) assert.match(place, /^[\w.-]{1,2000}$/);
    assert.deepEqual(await allBehind(store, await nowOf(store), () => 10), []);
  });

  test("what is known already does not arrive again, and neither does what is in conflict", async (t) => {
    const store = await openEmpty(t, create);
    const now = await nowOf(store);
    await store.append(messagesOf("a"));
    await store.append([...messagesOf("a"), sampleMessage({ message_id: "a", text: "other" })]);
    await store.append(messagesOf("b"));
    assert.deepEqual(idsOf(await arrived(store, now, 2)), ["a", "b"]);
  });

  test("read in whatever pages while many send at once, each comes exactly once, and always in the same order", async (t) => {
    const random = seededRandom(t, "ARRIVALS_SEED");
    const store = await openEmpty(t, create);
    const begin = await nowOf(store);
    let isSent = false;
    const sending = sendAll(store, random).finally(() => (isSent = true));
    const follow = async (): Promise<Arrival[]> => {
      const seen: Arrival[] = [];
      for (let place = begin; ;) {
        const wasSent = isSent;
        const { data, next, isCut } = await store.arrivals(place, 1 + random.below(30));
        seen.push(...data);
        place = next;
        if (wasSent && !isCut && seen.length >= (await sending).size) return seen;
      }
    };
    const [first, second] = await Promise.all([follow(), follow()]);
    assert.deepEqual(new Set(idsOf(first)), await sending);
    assert.equal(first.length, (await sending).size);
    assert.deepEqual(second, first);
    for (let tries = 0; tries < 20; tries += 1) {
      const at = random.below(first.length);
      const behind = await allBehind(store, first[at]?.place ?? "", () => 1 + random.below(100));
      assert.deepEqual(behind, first.slice(at + 1));
    }
  });

  test("what is erased is left out, and its place still leads on", async (t) => {
    const store = await openEmpty(t, create);
    const now = await nowOf(store);
    await store.append(messagesOf("a"));
    await store.append(messagesOf("b"));
    await store.append(messagesOf("c"));
    const [a, b, c] = await arrived(store, now, 3);
    for (const id of ["b", "c"]) await store.erase({ message_ids: [id] });
    assert.deepEqual(idsOf(await allBehind(store, now, () => 1)), ["a"]);
    for (const gone of [a, b, c]) assert.deepEqual(await allBehind(store, gone?.place ?? "", () => 5), []);
    await store.append(messagesOf("d"));
    for (const gone of [b, c]) assert.deepEqual(idsOf(await arrived(store, gone?.place ?? "", 1)), ["d"]);
  });

  test("places and order are the same when it is opened again", async (t) => {
    const database = await create(t);
    const store = await database.open();
    const begin = await nowOf(store);
    await store.append(messagesOf("a", "b", "c"));
    await store.append(messagesOf("d"));
    const before = await arrived(store, begin, 4);
    await store.close();
    const again = await database.open();
    assert.deepEqual(await allBehind(again, begin, () => 3), before);
    await again.append(messagesOf("e"));
    assert.deepEqual(idsOf(await arrived(again, before[3]?.place ?? "", 1)), ["e"]);
  });

  test("a place that is malformed, of another inbox or not given yet is refused, and the detail says why", async (t) => {
    const store = await openEmpty(t, create);
    const other = await openEmpty(t, create);
    const now = await nowOf(store);
    const wrong = ["", "x", "7", `${now}!`, ` ${now}`, now.slice(1), `${now}\n`, "-".repeat(3_000)];
    // An engine that writes an id into its places may read U+0000 out of one.
    wrong.push(`${now}AA`);
    for (const place of wrong) {
      await assertInvalid(store.arrivals(place, 10), /^the id is none that this service gives$/);
      await assertInvalid(store.countArrivals(place), /none that this service gives/);
    }
    await assertInvalid(store.arrivals(await nowOf(other), 10), /^the id is of another inbox/);
    const ahead = now.replace(/-\d+/, "-999999999999");
    await assertInvalid(store.arrivals(ahead, 10), /^the id is of another inbox, or of the time before/);
  });

  test("what is behind a place is counted, up to a bound", async (t) => {
    const store = await openEmpty(t, create);
    const now = await nowOf(store);
    assert.equal(await store.countArrivals(now), 0);
    await store.append(messagesOf("a", "b", "c"));
    const [a] = await arrived(store, now, 3);
    assert.equal(await store.countArrivals(now), 3);
    assert.equal(await store.countArrivals(a?.place ?? ""), 2);
    const many = Array.from({ length: ARRIVALS_COUNTED }, (_, index) => `n${index}`);
    for (let at = 0; at < many.length; at += 1_000)
      await store.append(messagesOf(...many.slice(at, at + 1_000)));
    await arrived(store, now, ARRIVALS_COUNTED + 3);
    assert.equal(await store.countArrivals(now), ARRIVALS_COUNTED);
  });

  test("what cannot be read now is unavailable", async (t: TestContext) => {
    const store = await openEmpty(t, create);
    const now = await nowOf(store);
    await store.close();
    for (const call of [store.arrivals(now, 1), store.arrivals(null, 1), store.countArrivals(now)])
      await assert.rejects(call, { code: "unavailable" });
  });
}
