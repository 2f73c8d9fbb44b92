/** The README's figures of the page are those of the results that it names. */
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

interface StreamsResult {
  readonly command: string;
  readonly ratios: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const readme = readFileSync(join(PROJECT, "README.md"), "utf8").replaceAll(/\s+/g, " ");

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
    assert.ok(readme.includes(row), row);
  }
  const first = rows.find(({ view, visited }) => view === "messages" && visited === "never");
  const kilobytes = (of: Spread | undefined): string => ((of?.median ?? Number.NaN) / 1_000).toFixed(0);
  const weight = `${kilobytes(first?.scriptBytes)} kB of script and ${kilobytes(first?.wireBytes)} kB in all`;
  assert.ok(readme.includes(weight), weight);
  const frames = new Intl.ListFormat("en-GB").format(scrolling.map(({ p95Ms }) => p95Ms.toFixed(0)));
  assert.ok(readme.includes(`within ${frames} ms`), frames);
});

for (const [name, command, words] of [
  ["ingest-streams", /^npm run bench:ingest -- --streams 50/, "of the rate with none on SQLite"],
  ["ingest-streams-postgres", /^npm run bench:ingest -- --engine postgres --streams 50/, "on PostgreSQL"],
] as const) {
  test(`what open pages take from the senders ${words} is that of the result`, () => {
    const { ratios } = resultOf<StreamsResult>(name, command);
    const [few, many] = ["64", "256"].map((connections) =>
      ratios[connections]?.["streams_of_none"]?.toFixed(2),
    );
    const sentence = `at ${few} and ${many} ${words}`;
    assert.ok(readme.includes(sentence), sentence);
  });
}
