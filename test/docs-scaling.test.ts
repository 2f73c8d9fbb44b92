/** The figures of docs/scaling.md are those of the results that it names. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PROJECT } from "./support/program.ts";

interface Ingest {
  readonly command: string;
  readonly ratios: Readonly<Record<"64" | "256", Readonly<Record<string, number>>>>;
  readonly rows: readonly {
    readonly server: string;
    readonly connections: number;
    readonly cpuUs: { readonly median: number };
    readonly databaseCpuUs: { readonly median: number } | null;
  }[];
}

interface Reads {
  readonly questions: readonly {
    readonly name: string;
    readonly ms: Readonly<Record<string, number>>;
    readonly sqlite: Readonly<Record<string, number>>;
  }[];
  readonly file: { readonly bytes_a_message: Readonly<Record<string, number>> };
}

interface LimitsResult {
  readonly messages_a_second: Readonly<Record<string, number>>;
  readonly bytes_a_message: Readonly<Record<string, number>>;
}

const words = readFileSync(join(PROJECT, "docs", "scaling.md"), "utf8").replaceAll(/\s+/g, " ");

function resultOf<T>(name: string): T {
  return JSON.parse(readFileSync(join(PROJECT, "bench", "results", `${name}.json`), "utf8")) as T;
}

function assertRow(...cells: readonly (string | undefined)[]): void {
  const row = `| ${cells.join(" | ")} |`;
  assert.ok(words.includes(row), row);
}

test("ingest: ratios, and the CPU that a message takes", () => {
  const { command, ratios, rows } = resultOf<Ingest>("ingest-postgres");
  assert.match(command, /--engine postgres/);
  for (const [row, ratio] of [
    ["of the ceiling, with counters and search", "of_ceiling"],
    ["of the ceiling, with counters, without search", "no_search_of_ceiling"],
    ["of the naive insert with counters", "of_naive"],
    ["99th percentile of the answer, of the ceiling's", "p99_of_ceiling"],
    ["two processes, of one", "two_of_one"],
    ["99th percentile of two processes, of one's", "p99_two_of_one"],
  ] as const) {
    assertRow(row, ratios[64][ratio]?.toFixed(2), ratios[256][ratio]?.toFixed(2));
  }
  for (const [row, name] of [
    ["with counters and search", "lyftr"],
    ["with counters, without search", "lyftr-no-search"],
    ["naive insert with counters", "naive"],
    ["naive insert, nothing counted or searched", "naive-no-counters"],
  ] as const) {
    const found = rows.find(({ server, connections }) => server === name && connections === 256);
    assertRow(row, found?.cpuUs.median.toFixed(0), found?.databaseCpuUs?.median.toFixed(0));
  }
});

test("reads beside SQLite's", () => {
  const { questions, file } = resultOf<Reads>("read-postgres");
  for (const [row, question] of [
    ["page 1", "page 1"],
    ["a page by cursor, from the middle", "page by cursor"],
    ["total of `from`, `since` and `until`", "total, from + since + until"],
    ["`/stats`", "stats"],
    ["`q` in a quarter of all texts: first total", "q in a quarter of all: first total"],
    ["`q` of 2 characters with 1,000 hits: page", "q of 2 characters, 1,000 hits: page"],
  ] as const) {
    const { ms, sqlite } = questions.find(({ name }) => name === question) ?? assert.fail(question);
    const figures = [ms["1m"], sqlite["1m"], ms["10m"], sqlite["10m"]];
    assertRow(row, ...figures.map((figure) => figure?.toFixed(1)));
  }
  const bytes = file.bytes_a_message;
  assertRow("all, counters included, at 1 and 10 million messages", `${bytes["1m"]} and ${bytes["10m"]}`);
});

test("what is done by one process at a time, and what a message takes", () => {
  const limits = resultOf<LimitsResult>("postgres-limits");
  for (const what of ["counted", "put in their place in the search index"]) {
    const rate = limits.messages_a_second[`${what}, by one process at a time`];
    assertRow(what, rate?.toLocaleString("en-US"));
  }
  assertRow("write-ahead log", limits.bytes_a_message["write-ahead log"]?.toLocaleString("en-US"));
  assertRow("search index", String(limits.bytes_a_message["messages_by_letters"]));
});
