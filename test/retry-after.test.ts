/** What somebody on the way asks for is bounded: hours, or more than a timer can hold. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Failure } from "../page/failure.ts";
import { followStream } from "../src/follow-stream.ts";

const MINUTE_MS = 60_000;

for (const [asked, waitMs] of [
  [0, 1_000],
  [7, 7_000],
  [3_600, MINUTE_MS],
  [2_592_000, MINUTE_MS],
] as const)
  test(`a page that is asked to wait ${asked} s waits ${waitMs} ms`, () => {
    assert.equal(new Failure("unavailable", "later", asked).retryMs(0), waitMs);
  });

test("so does who follows the stream", async (t) => {
  const server = createServer((_request, response) =>
    response.writeHead(503, { "retry-after": "2592000" }).end(),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const ended = new AbortController();
  const waits: number[] = [];
  const stream = followStream({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/messages/stream`,
    headers: {},
    signal: ended.signal,
    onLost(_why, againMs) {
      waits.push(againMs);
      ended.abort();
    },
  });
  for await (const event of stream) assert.fail(event.event);
  assert.deepEqual(waits, [MINUTE_MS]);
});
