/** The documents are true: every link leads somewhere, every command exists, and the README's first steps are run. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import manifest from "../package.json" with { type: "json" };
import { PROJECT, startProgram } from "./support/program.ts";
import { SECRET } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";

interface Document {
  readonly path: string;
  readonly text: string;
}

function documents(): Document[] {
  const top = readdirSync(PROJECT).filter((name) => name.endsWith(".md"));
  const below = readdirSync(join(PROJECT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name));
  return [...top, ...below].map((path) => ({ path, text: readFileSync(join(PROJECT, path), "utf8") }));
}

function shellLines({ text }: Document): string[] {
  return shellBlocks(text)
    .flatMap((block) => block.split("\n"))
    .filter((line) => line !== "" && !line.startsWith("#>"));
}

function shellBlocks(text: string): string[] {
  return [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = ""]) => block);
}

test("every link and every path in the documents leads to a file", () => {
  const all = documents();
  assert.ok(all.length > 10);
  const broken = all.flatMap(({ path, text }) => {
    const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, to = ""]) =>
      join(dirname(path), to),
    );
    const named = [...text.matchAll(/`((?:src|test|docs|bench|migrations|bin|\.ci)\/[\w./-]*)`/g)].map(
      ([, to = ""]) => to,
    );
    return [...links, ...named].filter((to) => !existsSync(join(PROJECT, to))).map((to) => `${path}: ${to}`);
  });
  assert.deepEqual(broken, []);
});

test("every npm script and every file that a command names exists", () => {
  const lines = documents().flatMap(shellLines);
  assert.ok(lines.length > 10);
  for (const line of lines) {
    for (const [, script = ""] of line.matchAll(/npm run (?:-s )?([\w:]+)/g)) {
      assert.ok(script in manifest.scripts, `${line}: no script ${script}`);
    }
    for (const [path] of line.matchAll(/\b(?:test|bench)\/[\w./-]+\.ts/g)) {
      assert.ok(existsSync(join(PROJECT, path)), `${line}: no ${path}`);
      for (const [, variable = ""] of line.matchAll(/\b([A-Z]+_ROUNDS|[A-Z]+_RUNS)=/g)) {
        assert.match(readFileSync(join(PROJECT, path), "utf8"), new RegExp(`\\b${variable}\\b`));
      }
    }
  }
});

test("the README's first steps, run as they are written, print what it says they print", async (t) => {
  const { url } = await startProgram(t, { cwd: tempFolder(t) });
  const readme = readFileSync(join(PROJECT, "README.md"), "utf8");
  const script = shellBlocks(readme)
    .filter((block) => block.includes("#>"))
    .join("\n");
  const expected = [...script.matchAll(/^#> (.*)$/gm)].map(([, line = ""]) => line);
  assert.ok(expected.length >= 5);

  const { stdout } = await promisify(execFile)(
    "sh",
    ["-ec", script.replaceAll("http://127.0.0.1:8000", url)],
    {
      cwd: PROJECT,
      env: { ...process.env, PORT: new URL(url).port, HOST: "127.0.0.1" },
    },
  );
  // curl ends its output without a newline.
  assert.equal(stdout.replaceAll("\n", ""), expected.join(""));
});

test("npm start says where it listens, where the data lies and what to try; Ctrl-C stops it cleanly", async (t) => {
  const path = join(tempFolder(t), "app.db");
  const child = spawn("npm", ["start"], {
    cwd: PROJECT,
    env: {
      ...process.env,
      WEBHOOK_SECRET: SECRET,
      PORT: "0",
      HOST: "127.0.0.1",
      DATABASE_URL: `sqlite:///${path}`,
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const group = -(child.pid ?? 0);
  let ended = false;
  t.after(() => ended || process.kill(group, "SIGKILL"));

  let stdout = "";
  let stderr = "";
  let interrupted = false;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
    if (interrupted || !/curl .*\n/.test(stderr)) return;
    interrupted = true;
    // As a terminal does it: to npm and all that it started.
    process.kill(group, "SIGINT");
  });
  await once(child, "close");
  ended = true;
  assert.match(stderr, /listens on http:\/\/127\.0\.0\.1:\d+/);
  assert.ok(stderr.includes(path));
  assert.match(stderr, /curl http:\/\/127\.0\.0\.1:\d+\/webhook -H 'X-Signature: [0-9a-f]{64}' -d '\{.*\}'/);
  assert.match(stdout, /"message":"stopped"\}\n$/);
});

interface EraseResult {
  readonly command: string;
  readonly rates: readonly {
    readonly rate: number | string;
    readonly erased_messages: number;
    readonly erased_seconds: number;
    readonly alone: { readonly p99_ms: number };
    readonly beside: { readonly p99_ms: number };
    readonly p99_ratio: number;
  }[];
}

test("the figures of erasing are those of the results", () => {
  const operations = readFileSync(join(PROJECT, "docs", "operations.md"), "utf8").replaceAll(/\s+/g, " ");
  for (const [engine, name] of [
    ["SQLite", "erase"],
    ["PostgreSQL", "erase-postgres"],
  ] as const) {
    const path = join(PROJECT, "bench", "results", `${name}.json`);
    const { command, rates } = JSON.parse(readFileSync(path, "utf8")) as EraseResult;
    assert.match(command, /^npm run bench:erase -- /);
    assert.ok(rates.length > 0);
    for (const { rate, erased_messages, erased_seconds, alone, beside, p99_ratio } of rates) {
      const figures = [erased_seconds.toFixed(0), alone.p99_ms.toFixed(1), beside.p99_ms.toFixed(1)];
      const arriving = typeof rate === "number" ? `${rate} a second` : rate;
      const row = `| ${engine} | ${arriving} | ${erased_messages} | ${figures.join(" | ")} | ${p99_ratio.toFixed(2)} |`;
      assert.ok(operations.includes(row), row);
    }
  }
});
