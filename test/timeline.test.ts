import assert from "node:assert/strict";
import { test } from "node:test";
import { startAppOver } from "./support/app.ts";
import { request } from "./support/client.ts";
import { encode, keep, list } from "./support/listing.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";
import { createSqliteDatabase } from "./support/sqlite.ts";

interface Timeline {
  readonly bucket: string;
  readonly data: readonly { readonly start: string; readonly count: number }[];
}

async function timelineOf(url: string, query = ""): Promise<Timeline> {
  const answer = await request(`${url}/stats/timeline?${query}`);
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
  return answer.json as Timeline;
}

/** As `[start, count]`. */
async function countsOf(url: string, query: string): Promise<[string, number][]> {
  return (await timelineOf(url, query)).data.map(({ start, count }) => [start, count]);
}

test("an empty inbox has no buckets", async (t) => {
  const { url } = await startTestService(t);
  assert.deepEqual((await request(`${url}/stats/timeline`)).json, { bucket: "hour", data: [] });
  assert.deepEqual(await timelineOf(url, "bucket=day"), { bucket: "day", data: [] });
});

test("messages are counted by the hour, or by the day, in order; those without messages are left out", async (t) => {
  const { url } = await startTestService(t);
  await keep(
    url,
    [
      "2026-11-24T03:59:59.999999999Z",
      "2026-11-24T01:00:00Z",
      "2026-11-25T00:00:00Z",
      "2026-11-24T01:59:59.999999999Z",
      "2026-11-24T02:00:00.000Z",
      "2026-11-24T01:30:00.5Z",
    ].map((ts) => ({ ts })),
  );
  const hours = {
    bucket: "hour",
    data: [
      { start: "2026-11-24T01:00:00Z", count: 3 },
      { start: "2026-11-24T02:00:00Z", count: 1 },
      { start: "2026-11-24T03:00:00Z", count: 1 },
      { start: "2026-11-25T00:00:00Z", count: 1 },
    ],
  };
  assert.deepEqual((await request(`${url}/stats/timeline?bucket=hour`)).json, hours);
  assert.deepEqual(await timelineOf(url), hours, "an hour is the default");
  assert.deepEqual(await timelineOf(url, "bucket=day"), {
    bucket: "day",
    data: [
      { start: "2026-11-24T00:00:00Z", count: 5 },
      { start: "2026-11-25T00:00:00Z", count: 1 },
    ],
  });
});

test("buckets begin at the same place before 1970, and up to the ends of time", async (t) => {
  const { url } = await startTestService(t);
  await keep(
    url,
    [
      "0000-01-01T00:00:00Z",
      "1969-12-31T22:59:59.999999999Z",
      "1969-12-31T23:00:00Z",
      "1969-12-31T23:59:59.999999999Z",
      "1970-01-01T00:00:00Z",
      "2024-02-29T12:00:00Z",
      "9999-12-31T23:59:59.999999999Z",
    ].map((ts) => ({ ts })),
  );
  assert.deepEqual(await countsOf(url, "bucket=hour"), [
    ["0000-01-01T00:00:00Z", 1],
    ["1969-12-31T22:00:00Z", 1],
    ["1969-12-31T23:00:00Z", 2],
    ["1970-01-01T00:00:00Z", 1],
    ["2024-02-29T12:00:00Z", 1],
    ["9999-12-31T23:00:00Z", 1],
  ]);
  assert.deepEqual(await countsOf(url, "bucket=day"), [
    ["0000-01-01T00:00:00Z", 1],
    ["1969-12-31T00:00:00Z", 3],
    ["1970-01-01T00:00:00Z", 1],
    ["2024-02-29T00:00:00Z", 1],
    ["9999-12-31T00:00:00Z", 1],
  ]);
});

test("of a bucket at the edge only what is inside counts: since is inclusive, until is not, to the nanosecond", async (t) => {
  const { url } = await startTestService(t);
  await keep(
    url,
    [
      "2026-11-24T01:29:59.999999999Z",
      "2026-11-24T01:30:00Z",
      "2026-11-24T01:30:00.000000001Z",
      "2026-11-24T02:00:00Z",
      "2026-11-24T02:15:00.123456788Z",
      "2026-11-24T02:15:00.123456789Z",
    ].map((ts) => ({ ts })),
  );
  const [one, two] = ["2026-11-24T01:00:00Z", "2026-11-24T02:00:00Z"];
  for (const [query, counts] of [
    [
      "since=2026-11-24T01:30:00Z",
      [
        [one, 2],
        [two, 3],
      ],
    ],
    [
      "since=2026-11-24T01:30:00.000000001Z",
      [
        [one, 1],
        [two, 3],
      ],
    ],
    ["since=2026-11-24T01:30:00.000000002Z", [[two, 3]]],
    ["until=2026-11-24T01:30:00Z", [[one, 1]]],
    ["until=2026-11-24T01:30:00.000000001Z", [[one, 2]]],
    ["until=2026-11-24T02:00:00Z", [[one, 3]]],
    [
      "until=2026-11-24T02:15:00.123456789Z",
      [
        [one, 3],
        [two, 2],
      ],
    ],
    ["since=2026-11-24T01:30:00Z&until=2026-11-24T01:30:00.000000001Z", [[one, 1]]],
    ["since=2026-11-24T01:30:00Z&until=2026-11-24T01:30:00Z", []],
    ["since=2026-11-24T02:00:00Z&until=2026-11-24T01:00:00Z", []],
    ["since=2026-11-24T02:15:00.123456789Z&bucket=day", [["2026-11-24T00:00:00Z", 1]]],
  ] as const) {
    assert.deepEqual(await countsOf(url, query), counts, query);
    const { total } = await list(url, query.replace("&bucket=day", ""));
    assert.equal(
      total,
      counts.reduce((sum, [, count]) => sum + count, 0),
      `the total of ${query}`,
    );
  }
});

test("from is an exact sender, whose + may be a space by now; empty values count as absent", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [{ from: "+111" }, { from: "+1112" }, { from: "+222", to: "+111" }]);
  const start = "2025-01-15T10:00:00Z";
  for (const query of ["from=+111", "from=%2B111", "from=%20111", "from=+111&since=&until=&bucket="]) {
    assert.deepEqual(await countsOf(url, query), [[start, 1]], query);
  }
  for (const query of ["", "from=", "from=&since=&until=", "&&", "bucket=", "bucket"]) {
    assert.deepEqual(await timelineOf(url, query), { bucket: "hour", data: [{ start, count: 3 }] }, query);
  }
  assert.deepEqual(await countsOf(url, "from=+333"), []);
  assert.deepEqual(await countsOf(url, encode({ from: "WhatsApp" })), []);
});

test("a message is in its bucket as soon as it has been acknowledged, and once however often it is sent", async (t) => {
  const { url } = await startTestService(t);
  for (let count = 1; count <= 10; count += 1) {
    await keep(url, [
      { message_id: `m${count}` },
      { message_id: `m${count}` },
      { message_id: "m1", text: "other" },
    ]);
    assert.deepEqual(await countsOf(url, "from=+919876543210"), [["2025-01-15T10:00:00Z", count]]);
  }
});

test("10,000 buckets are answered; of more, 422 says what to narrow", async (t) => {
  const store = await createSqliteDatabase(t).open();
  const { url } = await startAppOver(t, store);
  const first = Date.parse("2000-01-01T00:30:00Z");
  const dayMs = 86_400_000;
  const days = Array.from({ length: 10_000 }, (_, day) => new Date(first + day * dayMs).toISOString());
  await store.append(days.map((ts, index) => sampleMessage({ message_id: `m${index}`, ts })));
  assert.equal((await timelineOf(url, "bucket=hour")).data.length, 10_000);

  const last = new Date(first + 10_000 * dayMs).toISOString();
  await store.append([sampleMessage({ message_id: "one more", ts: last, from: "+1" })]);
  const [byHour, byDay] = await Promise.all(
    ["bucket=hour", "bucket=day"].map((query) => request(`${url}/stats/timeline?${query}`)),
  );
  for (const answer of [byHour, byDay]) {
    assert.equal(answer?.status, 422);
    assert.match(answer.text, /since.*until/);
    assert.deepEqual(Object.keys(answer.json as object), ["detail"]);
  }
  assert.match(byHour?.text ?? "", /bucket=day/);
  assert.doesNotMatch(byDay?.text ?? "", /bucket=day/, "days are what was asked for");
  for (const narrowed of [`since=${days[1]}`, `until=${last}`, "from=%2B1"]) await timelineOf(url, narrowed);
});
