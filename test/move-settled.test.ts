/** `done` is no guess: a service that stops while its inbox is compared may have taken a message that was passed already. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compare } from "../src/move/compare.ts";
import { copy } from "../src/move/copy.ts";
import type { Progress } from "../src/move/progress.ts";
import { openMoveReader, openStore } from "../src/store/open.ts";
import { ENGINES } from "./support/engines.ts";
import { sampleMessage } from "./support/sample.ts";
import { storeOptions } from "./support/store-options.ts";

const QUIET: Progress = {
  signal: new AbortController().signal,
  begin: () => undefined,
  show: () => undefined,
};

for (const { name, locate } of ENGINES) {
  describe(`moved from ${name}`, () => {
    test("a message that came behind the reader, by a service that stopped since, is not passed over in silence", async (t) => {
      const [from, to] = [await locate(t), await locate(t)];
      const service = await openStore(from, storeOptions());
      await service.append([sampleMessage()]);
      // A read waits until it is in the file that the reader reads.
      await service.stats();
      const store = await openStore(to, storeOptions());
      t.after(() => store.close());
      const source = await openMoveReader(from);
      t.after(() => source.close());
      const target = await openMoveReader(to);
      t.after(() => target.close());
      await copy({ source, target, store }, QUIET);

      // The last thing that a comparison asks of the target is how many it holds: by then the source was read.
      let counted = 0;
      const late = {
        ...target,
        periods: async (...asked: Parameters<typeof target.periods>) => {
          counted += 1;
          if (counted === 1) {
            await service.append([sampleMessage({ message_id: "late", ts: "0001-01-01T00:00:00Z" })]);
            await service.close();
          }
          return target.periods(...asked);
        },
      };
      const compared = await compare({ source, target: late, store }, QUIET);
      assert.equal(compared.source.messages, 1);
      assert.equal(await source.isServed(), false);
      assert.equal(compared.isLive, true);

      await copy({ source, target, store }, QUIET);
      const again = await compare({ source, target, store }, QUIET);
      assert.deepEqual([again.source.messages, again.isLive], [2, false]);
    });
  });
}
