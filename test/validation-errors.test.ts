import assert from "node:assert/strict";
import { test } from "node:test";
import { post } from "./support/client.ts";
import { assertRefused, assertUnharmed, bodyWith, detailOf, MARKER } from "./support/refusal.ts";
import { startTestService } from "./support/service.ts";

interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** Bodies in which several fields are wrong, each with the names of those fields. */
const SEVERAL: Readonly<Record<string, readonly [body: unknown, names: readonly string[]]>> = {
  "nothing there": [{}, ["from", "message_id", "to", "ts"]],
  "every member wrong": [
    { message_id: "", from: MARKER, to: MARKER, ts: MARKER, text: [MARKER] },
    ["from", "message_id", "text", "to", "ts"],
  ],
  "every member null but the text": [
    { message_id: null, from: null, to: null, ts: null, text: null },
    ["from", "message_id", "to", "ts"],
  ],
  "one absent and one malformed": [bodyWith({ from: undefined, ts: MARKER }), ["from", "ts"]],
  "a date that is none and a text too long": [
    bodyWith({ ts: "2025-02-30T10:00:00Z", text: MARKER.repeat(300) }),
    ["text", "ts"],
  ],
};

for (const [name, [body, names]] of Object.entries(SEVERAL)) {
  test(`several wrong fields are listed in errors, each once: ${name}`, async (t) => {
    const service = await startTestService(t);
    const answer = await post(service.url, JSON.stringify(body));
    assert.equal(answer.status, 422);
    assert.deepEqual(Object.keys(answer.json as object).toSorted(), ["detail", "errors"]);
    const { errors } = answer.json as { errors: readonly FieldError[] };
    assert.deepEqual(errors.map(({ pointer }) => pointer).toSorted(), pointersTo(names));
    for (const error of errors) {
      assert.deepEqual(Object.keys(error).toSorted(), ["detail", "pointer"]);
      assert.notEqual(error.detail, "");
    }
    for (const member of names) assert.match(detailOf(answer), new RegExp(`\\b${member}\\b`));
    assert.equal(answer.text.includes(MARKER), false, "the answer repeats what was sent");
    await assertUnharmed(service);
  });
}

// These break rules of different kinds, which a program may well check one kind after another; a sender still has
// to be told of all of them at once.
const MIXED: Readonly<Record<string, readonly [body: string, names: readonly string[]]>> = {
  "a lone surrogate and a malformed number": [
    JSON.stringify(bodyWith({ text: "T", to: "x" })).replace('"T"', '"\\ud800"'),
    ["text", "to"],
  ],
  "U+0000 in two members": [
    JSON.stringify(bodyWith({ text: "T", message_id: "M" }))
      .replace('"T"', '"\\u0000"')
      .replace('"M"', '"\\u0000"'),
    ["message_id", "text"],
  ],
  "from and from_ that differ, and a malformed ts": [
    JSON.stringify(bodyWith({ from_: "+1", ts: "x" })),
    ["from_", "ts"],
  ],
};

for (const [name, [body, names]] of Object.entries(MIXED)) {
  test(`fields that are wrong in different ways are all listed in errors: ${name}`, async (t) => {
    const service = await startTestService(t);
    const answer = await post(service.url, body);
    assert.equal(answer.status, 422);
    const { errors = [] } = answer.json as { errors?: readonly FieldError[] };
    assert.deepEqual(errors.map(({ pointer }) => pointer).toSorted(), pointersTo(names), answer.text);
    await assertUnharmed(service);
  });
}

test("one wrong field that breaks its rule in several ways is told once, without errors", async (t) => {
  const service = await startTestService(t);
  for (const members of [{ from: "+".repeat(100) }, { message_id: [] }, { ts: "" }]) {
    await assertRefused(service.url, bodyWith(members), [new RegExp(Object.keys(members).join())]);
  }
  await assertUnharmed(service);
});

test("a refusal never repeats a value that was sent, whichever field is wrong", async (t) => {
  const service = await startTestService(t);
  for (const member of ["message_id", "from", "to", "ts", "text"]) {
    for (const value of [[MARKER], { [MARKER]: MARKER }, MARKER.repeat(400)]) {
      const answer = await post(service.url, bodyWith({ [member]: value }));
      assert.equal(answer.status, 422);
      assert.equal(answer.text.includes(MARKER), false, member);
    }
  }
  await assertUnharmed(service);
});

function pointersTo(names: readonly string[]): string[] {
  return names.map((name) => `#/${name}`).toSorted();
}
