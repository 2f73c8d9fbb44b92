/**
 * Erasure beside a plain list: messages arrive and are erased at random, and every question is answered as the list would.
 * ERASURE_SEED repeats a run.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { ErasureFilter } from "../src/message.ts";
import { openEmpty } from "./contract/database.ts";
import { filterOf } from "./contract/places.ts";
import { ENGINES } from "./support/engines.ts";
import { Model, type ModelFilter } from "./support/model.ts";
import { randomFrom } from "./support/random.ts";
import { anySeed } from "./support/random.ts";
import { searchInbox } from "./support/search-inbox.ts";
import { agreesWithModel } from "./support/search-model.ts";
import { questionOf } from "./support/search-question.ts";

const MESSAGES = 1_500;
const ROUNDS = 25;
const QUESTIONS_A_ROUND = 6;

for (const { name, create } of ENGINES) {
  test(`${name}: what is erased is in no answer, and all else is`, async (t) => {
    const seed = Number(process.env["ERASURE_SEED"] ?? anySeed());
    t.diagnostic(`ERASURE_SEED=${seed}`);
    const random = randomFrom(seed);
    const messages = searchInbox(MESSAGES, seed);
    const model = new Model();
    const store = await openEmpty(t, create);
    const step = MESSAGES / ROUNDS;
    for (let round = 0; round < ROUNDS; round += 1) {
      // Now and then one that was erased before comes again.
      const batch = [
        ...messages.slice(round * step, (round + 1) * step),
        ...Array.from({ length: 5 }, () => random.pick(messages.slice(0, (round + 1) * step))),
      ];
      assert.deepEqual(
        await store.append(batch),
        batch.map((message) => model.append(message)),
      );
      const own = random.pick(model.find());
      const ids = [own, random.pick(messages)].map(({ message_id }) => message_id);
      const filters: (ModelFilter & Pick<ErasureFilter, "message_ids">)[] = [
        { message_ids: [own.message_id] },
        { message_ids: ids },
        { message_ids: ids, from: own.from },
        { from: own.from, since: own.ts },
        { to: own.to, until: own.ts },
        { from: own.from, to: own.to, since: own.ts },
      ];
      const { message_ids, ...filter } = random.pick(filters);
      const named = message_ids === undefined ? {} : { message_ids };
      const expected = model.erase({ ...filter, ...named });
      const erased = await store.erase({ ...filterOf(filter), ...named });
      assert.equal(erased.messages, expected);
      const left = model.find();
      if (left.length === 0) continue;
      const about = questionOf(random.below(3) === 0 ? messages : left);
      for (const asked of fc.sample(about, { numRuns: QUESTIONS_A_ROUND, seed: seed + round })) {
        await agreesWithModel(store, left, asked);
      }
      assert.deepEqual(await store.stats(), model.stats());
    }
  });
}
