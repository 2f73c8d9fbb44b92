import assert from "node:assert/strict";
import { test } from "node:test";
import { Remembered } from "../src/store/remembered.ts";

test("what was asked for last is held, up to so many", () => {
  const remembered = new Remembered<number>(2);
  remembered.set("a", 1);
  remembered.set("b", 2);
  assert.equal(remembered.get("a"), 1);
  remembered.set("c", 3);
  assert.deepEqual(
    ["a", "b", "c"].map((key) => remembered.get(key)),
    [1, undefined, 3],
  );
});

test("what is weighed is held up to its weight, and what weighs more than all of it is not", () => {
  const remembered = new Remembered<string>(10, (known) => known.length);
  remembered.set("a", "four");
  remembered.set("b", "four");
  remembered.set("a", "fourfive6");
  assert.deepEqual([remembered.get("a"), remembered.get("b")], ["fourfive6", undefined]);
  remembered.set("a", "more than ten");
  remembered.set("b", "ten ten te");
  assert.deepEqual([remembered.get("a"), remembered.get("b")], [undefined, "ten ten te"]);
});
