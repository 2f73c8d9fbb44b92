/** Reads that several ask for alike: one at a time, and none that began before it was asked for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { shared } from "../src/store/share-reads.ts";

/** Each read that began, to be answered in whatever order. */
class Reads {
  readonly begun: { readonly asked: string; answer: (told: string) => void; fail: (error: Error) => void }[] =
    [];
  readonly read = shared(
    (asked: string) =>
      new Promise<string>((answer, fail) => {
        this.begun.push({ asked, answer, fail });
      }),
  );

  /** Those that began by now, once all that is ready to go on did. */
  async seen(): Promise<readonly string[]> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    return this.begun.map(({ asked }) => asked);
  }
}

test("whoever asks the same while it is read gets the next read, all of them the same one", async () => {
  const reads = new Reads();
  const first = reads.read("a");
  const others = [reads.read("a"), reads.read("a"), reads.read("a")];
  assert.deepEqual(await reads.seen(), ["a"]);
  reads.begun[0]?.answer("before");
  assert.equal(await first, "before");
  assert.deepEqual(await reads.seen(), ["a", "a"]);
  // That one has begun as well.
  const last = reads.read("a");
  reads.begun[1]?.answer("behind");
  assert.deepEqual(await Promise.all(others), ["behind", "behind", "behind"]);
  assert.deepEqual(await reads.seen(), ["a", "a", "a"]);
  reads.begun[2]?.answer("last");
  assert.equal(await last, "last");
});

test("what is not the same is read at once", async () => {
  const reads = new Reads();
  const answers = [reads.read("a"), reads.read("b")];
  assert.deepEqual(await reads.seen(), ["a", "b"]);
  reads.begun[1]?.answer("of b");
  reads.begun[0]?.answer("of a");
  assert.deepEqual(await Promise.all(answers), ["of a", "of b"]);
});

test("a failure is told to those who shared the read, and to nobody else", async () => {
  const reads = new Reads();
  const first = reads.read("a");
  const second = reads.read("a");
  reads.begun[0]?.fail(new Error("no answer"));
  await assert.rejects(first, /no answer/);
  assert.deepEqual(await reads.seen(), ["a", "a"]);
  const third = reads.read("a");
  reads.begun[1]?.fail(new Error("none either"));
  await assert.rejects(second, /none either/);
  assert.deepEqual(await reads.seen(), ["a", "a", "a"]);
  reads.begun[2]?.answer("here");
  assert.equal(await third, "here");
});

test("nothing of an answer is kept: who asks behind it is read for anew", async () => {
  const reads = new Reads();
  for (const told of ["one", "two"]) {
    const answer = reads.read("a");
    await reads.seen();
    reads.begun.at(-1)?.answer(told);
    assert.equal(await answer, told);
  }
  assert.deepEqual(await reads.seen(), ["a", "a"]);
});
