import assert from "node:assert/strict";
import { type Answer, type Body, post, request } from "./client.ts";
import { sampleMessage } from "./sample.ts";
import type { TestService } from "./service.ts";

/** Stands in the text of bodies that are refused for another reason; no answer and no log line may repeat it. */
export const MARKER = "PRIVATE-MARKER";

/** The sample with any members at all, also those of a wrong type; `undefined` takes one away. */
export function bodyWith(members: Record<string, unknown>): Record<string, unknown> {
  return { ...sampleMessage({ text: MARKER }), ...members };
}

/** Asserts that a rightly signed body is refused with `{"detail"}` alone, in which every pattern is found. */
export async function assertRefused(url: string, body: Body, patterns: readonly RegExp[]): Promise<void> {
  const answer = await post(url, body);
  assert.equal(answer.status, 422, answer.text);
  for (const pattern of patterns) assert.match(detailOf(answer), pattern);
  // `errors` belongs to several wrong fields; the one that is wrong is in `detail`.
  assert.deepEqual(Object.keys(answer.json as object), ["detail"]);
  assert.equal(answer.text.includes(MARKER), false, "the answer repeats the text");
}

/** Asserts that the refusals before it left nothing behind: no message, no text in the log, and a service that works. */
export async function assertUnharmed(service: TestService): Promise<void> {
  const { url } = service;
  assert.equal(await totalOf(url), 0);
  assert.equal((await post(url, sampleMessage({ message_id: "after" }))).status, 200);
  assert.equal(await totalOf(url), 1);
  assert.equal(JSON.stringify(service.logs()).includes(MARKER), false, "the log repeats the text");
}

export async function totalOf(url: string): Promise<number> {
  const { json } = await request(`${url}/messages`);
  return (json as { total: number }).total;
}

export function detailOf({ json }: Answer): string {
  const { detail } = json as { detail: unknown };
  assert.equal(typeof detail, "string");
  return detail as string;
}
