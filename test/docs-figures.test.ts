/** The figures of docs/figures.md, and those of the README, are those of the results that they name. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PROJECT } from "./support/program.ts";

interface Spread {
  readonly median: number;
}

interface PageResult {
  readonly command: string;
  readonly rows: readonly {
    readonly messages: number;
    readonly view: string;
    readonly visited: "never" | "before";
    readonly usefulMs: Spread;
    readonly scriptBytes: Spread;
    readonly wireBytes: Spread;
  }[];
  readonly scrolling: readonly { readonly messages: number; readonly p95Ms: number }[];
}

interface Ratios {
  readonly command: string;
  readonly ratios: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

function textOf(path: string): string {
  return readFileSync(join(PROJECT, path), "utf8").replaceAll(/\s+/g, " ");
}

const figuresText = textOf("docs/figures.md");
const readme = textOf("README.md");

function resultOf<T extends { readonly command: string }>(name: string, command: RegExp): T {
  const path = join(PROJECT, "bench", "results", `${name}.json`);
  const result = JSON.parse(readFileSync(path, "utf8")) as T;
  assert.match(result.command, command);
  return result;
}

test("how soon the page is there, what it weighs and how it scrolls are those of the result", () => {
  const { rows, scrolling } = resultOf<PageResult>("page", /^npm run bench:page -- /);
  const sizes = [...new Set(rows.map(({ messages }) => messages))];
  for (const view of new Set(rows.map((row) => row.view))) {
    const figures = (["never", "before"] as const).flatMap((visited) =>
      sizes.map((messages) => {
        const found = rows.find(
          (row) => row.view === view && row.visited === visited && row.messages === messages,
        );
        return (found ?? assert.fail(`${view} at ${messages}`)).usefulMs.median.toFixed(0);
      }),
    );
    const row = `| ${view} | ${figures.join(" | ")} |`;
    assert.ok(figuresText.includes(row), row);
  }
  const first = rows.find(({ view, visited }) => view === "messages" && visited === "never");
  const kilobytes = (of: Spread | undefined): string => ((of?.median ?? Number.NaN) / 1_000).toFixed(0);
  const weight = `${kilobytes(first?.scriptBytes)} kB of script and ${kilobytes(first?.wireBytes)} kB in all`;
  assert.ok(figuresText.includes(weight), weight);
  const frames = new Intl.ListFormat("en-GB").format(scrolling.map(({ p95Ms }) => p95Ms.toFixed(0)));
  assert.ok(figuresText.includes(`within ${frames} ms`), frames);
});

for (const [name, command, words] of [
  ["ingest-streams", /^npm run bench:ingest -- --streams 50/, "of the rate with none on SQLite"],
  ["ingest-streams-postgres", /^npm run bench:ingest -- --engine postgres --streams 50/, "on PostgreSQL"],
] as const) {
  test(`what open pages take from the senders ${words} is that of the result`, () => {
    const { ratios } = resultOf<Ratios>(name, command);
    const [few, many] = ["64", "256"].map((connections) =>
      ratios[connections]?.["streams_of_none"]?.toFixed(2),
    );
    const sentence = `at ${few} and ${many} ${words}`;
    assert.ok(figuresText.includes(sentence), sentence);
  });
}

/** The rows of the table of ratios: by which result, which ratio. */
const RATIOS: readonly (readonly [words: string, result: string, ratio: string])[] = [
  ["of the ceiling, empty file", "ingest-empty", "of_ceiling"],
  ["of the ceiling, 60 s over 1 million messages", "ingest-1m", "of_ceiling"],
  ["of the ceiling, 60 s over 10 million messages", "ingest-10m", "of_ceiling"],
  ["of the naive server", "ingest-empty", "of_naive"],
  ["CPU a request, of the ceiling's", "ingest-empty", "cpu_of_ceiling"],
  ["99th percentile of the answer, of the ceiling's", "ingest-empty", "p99_of_ceiling"],
  ["the ceiling, of bare", "ingest-empty", "ceiling_of_bare"],
];

test("the figures of a synced 200 are those of the results, each with the command that made it", () => {
  for (const [words, name, ratio] of RATIOS) {
    const { ratios } = resultOf<Ratios>(name, /^npm run bench:ingest -- /);
    const [few, many] = ["64", "256"].map((connections) => ratios[connections]?.[ratio]?.toFixed(2) ?? "-");
    const row = `| ${words} | ${few} | ${many} |`.replaceAll(/ +/g, " ");
    assert.ok(figuresText.includes(row), row);
  }
});

interface ReadResult {
  readonly command: string;
  readonly questions: readonly {
    readonly name: string;
    readonly ms: Readonly<Record<string, number>>;
    readonly peer: Readonly<Record<string, number>>;
  }[];
  readonly file: { readonly bytes_a_message: Readonly<Record<string, number>> };
  readonly disturbance: { readonly readers: { readonly ratio: number } };
}

/** The rows of the table of reads, and the question that each is the figure of. */
const READS: readonly (readonly [words: string, question: string])[] = [
  ["page 1", "page 1"],
  ["a page by cursor, from the middle", "page by cursor"],
  ["one message by id", "one message by id"],
  ["page at `offset` 90 %", "offset at 90 %"],
  ["total of `from`, `since` and `until`", "total, from + since + until"],
  ["`/stats`", "stats"],
  ["timeline of 30 days by day", "timeline of 30 days by day"],
  ["`q` with 1,000 hits: page and total", "q of 1,000 hits: again"],
  ["`q` in a quarter of all texts: first total", "q in a quarter of all: first total"],
  ["`q` in a quarter of all texts: page and total again", "q in a quarter of all: page"],
  ["`q` of 2 characters: page and total, first", "q of 2 characters, 1,000 hits: first total"],
  ["`q` in a quarter of all texts, within an hour", "q in a quarter of all, one hour: again"],
];

/** Those of which the README says how long they take at the most. */
const QUICK_READS = READS.slice(0, 7).map(([, question]) => question);

test("the figures of reads are those of the result", () => {
  const result = resultOf<ReadResult>("read", /^npm run bench:read -- /);
  for (const [words, question] of READS) {
    const { ms, peer } = result.questions.find(({ name }) => name === question) ?? assert.fail(question);
    const figures = [ms["10k"], ms["1m"], ms["10m"], peer["1m"]].map((figure) => figure?.toFixed(1));
    const row = `| ${words} | ${figures.join(" | ")} |`;
    assert.ok(figuresText.includes(row), row);
  }
  assert.ok(figuresText.includes(`takes ${result.file.bytes_a_message["10m"]} bytes a message`));
  assert.ok(
    figuresText.includes(`was ${result.disturbance.readers.ratio.toFixed(2)} times that without them`),
  );
});

test("the README's own figures are some of these", () => {
  const ingest = resultOf<Ratios>("ingest-empty", /^npm run bench:ingest -- /).ratios;
  const streams = resultOf<Ratios>("ingest-streams", /^npm run bench:ingest -- --streams 50/).ratios;
  const { questions } = resultOf<ReadResult>("read", /^npm run bench:read -- /);
  const { rows } = resultOf<PageResult>("page", /^npm run bench:page -- /);
  const both = (ratios: Ratios["ratios"], ratio: string): string =>
    ["64", "256"].map((connections) => ratios[connections]?.[ratio]?.toFixed(2)).join(" and ");
  const msOf = (question: string): number =>
    questions.find(({ name }) => name === question)?.ms["10m"] ?? assert.fail(question);
  const first = rows.find(
    ({ view, visited, messages }) => view === "messages" && visited === "never" && messages === 10_000_000,
  );
  for (const figure of [
    `${both(ingest, "of_ceiling")} |`,
    `${both(ingest, "of_naive")} times |`,
    `${Math.max(...QUICK_READS.map(msOf)).toFixed(1)} ms at the most |`,
    `${msOf("q of 1,000 hits: again").toFixed(1)} ms |`,
    `${first?.usefulMs.median.toFixed(0)} ms |`,
    `${both(streams, "streams_of_none")} |`,
  ])
    assert.ok(readme.includes(`| ${figure}`), figure);
});
