/** Answers that may be some seconds old: `Cache-Control: max-age` of who asks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FastifyRequest } from "fastify";
import { maxAgeMsOf } from "../src/http/max-age.ts";
import { request } from "./support/client.ts";
import { keep } from "./support/listing.ts";
import { startTestService } from "./support/service.ts";

/** More than are written at once for whoever asks. */
const MESSAGES = 200;
const TRIES = 50;

function ageOf(header?: string): number {
  const headers = header === undefined ? {} : { "cache-control": header };
  return maxAgeMsOf({ headers } as FastifyRequest);
}

for (const [header, ageMs] of [
  ["max-age=2", 2_000],
  ["private, Max-Age=10 ,no-transform", 10_000],
  ["max-age=0", 0],
  ["no-cache, max-age=2", 0],
  ["max-age=2,no-cache", 0],
  ["s-maxage=2", 0],
  ["max-age=-1", 0],
  ["max-age=two", 0],
  ["max-age", 0],
  ["", 0],
] as const)
  test(`cache-control: ${header} allows ${ageMs} ms`, () => assert.equal(ageOf(header), ageMs));

test("without it, nothing is left out", () => assert.equal(ageOf(), 0));

test("only who says so gets an answer without the newest, from each of the three routes", async (t) => {
  const { url } = await startTestService(t);
  const totals: Record<string, (json: never) => number> = {
    messages: ({ total }: { total: number }) => total,
    stats: ({ total_messages }: { total_messages: number }) => total_messages,
    "stats/timeline": ({ data }: { data: { count: number }[] }) =>
      data.reduce((sum, { count }) => sum + count, 0),
  };
  let sent = 0;
  const totalOf = async (route: string, headers: Record<string, string>): Promise<number> => {
    const { json } = await request(`${url}/${route}`, { headers });
    return totals[route]?.(json as never) ?? Number.NaN;
  };
  for (const route of Object.keys(totals)) {
    let isOlder = false;
    for (let round = 0; round < TRIES && !isOlder; round += 1) {
      await keep(
        url,
        Array.from({ length: MESSAGES }, (_, index) => ({ message_id: `m${sent + index}` })),
      );
      sent += MESSAGES;
      isOlder = (await totalOf(route, { "cache-control": "max-age=60" })) < sent;
      assert.equal(await totalOf(route, {}), sent, route);
    }
    assert.ok(isOlder, `${route}: the newest was always there`);
  }
});
