import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { test } from "node:test";
import { PROJECT } from "./support/program.ts";

/** Which parts of src/ each part may import, besides itself: arrows point only downward (ARCHITECTURE.md). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  words: [],
  root: ["words", "root"],
  store: ["words", "root"],
  sqlite: ["words", "root", "store"],
  postgres: ["words", "root", "store"],
  open: ["words", "root", "store", "sqlite", "postgres"],
  move: ["words", "root", "store"],
  backup: ["words", "root", "store"],
  webhook: ["words", "root", "store"],
  transfer: ["words", "root", "store", "move", "webhook"],
  stream: ["words", "root", "store"],
  http: ["words", "root", "store", "webhook", "stream"],
  tracing: ["words", "root"],
  main: ["words", "root", "store", "open", "webhook", "http", "tracing"],
  doctor: ["words", "root", "store", "open"],
  page: ["words", "root"],
  cli: ["words", "root", "store", "open", "doctor", "move", "backup", "transfer", "webhook", "main"],
};

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(PROJECT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => {
      const path = posix.join(folder, name);
      return { path, text: readFileSync(join(PROJECT, path), "utf8") };
    });
}

function textOf(path: string): string {
  return readFileSync(join(PROJECT, path), "utf8");
}

function partOf(path: string): string {
  if (path.startsWith("page/")) return "page";
  if (path === "src/message.ts" || path === "src/errors.ts") return "words";
  if (path === "src/main.ts") return "main";
  if (path === "src/store/open.ts") return "open";
  if (path.startsWith("src/store/sqlite/")) return "sqlite";
  if (path.startsWith("src/store/postgres/")) return "postgres";
  const folder = posix.dirname(path).slice("src/".length);
  return folder === "" ? "root" : folder;
}

function importsOf({ path, text }: SourceFile): string[] {
  return [...text.matchAll(/(?:from|import|import\() ?"(\.{1,2}\/[^"]+\.tsx?)"/g)].map(([, target = ""]) =>
    posix.join(dirname(path), target),
  );
}

test("imports point only downward, and only open.ts knows an engine", () => {
  const wrong = [...sourceFiles("src"), ...sourceFiles("page")].flatMap((file) =>
    importsOf(file)
      .filter((target) => partOf(target) !== partOf(file.path) || partOf(target) === "words")
      .filter((target) => !MAY_IMPORT[partOf(file.path)]?.includes(partOf(target)))
      .map((target) => `${file.path} imports ${target}`),
  );
  assert.deepEqual(wrong, []);
});

test("files have kebab-case names, and none only re-exports", () => {
  const files = ["src", "page", "test", "bench"].flatMap(sourceFiles);
  assert.ok(files.length > 40);
  const odd = files.filter(({ path }) => !/^[a-z0-9]+(?:[-.][a-z0-9]+)*\.tsx?$/.test(basename(path)));
  const barrels = files.filter(({ text }) => /^export (?:\*|\{[^}]*\}) from/m.test(text));
  assert.deepEqual(
    [...odd, ...barrels].map(({ path }) => path),
    [],
  );
});

test("what the page takes from the service works without Node", () => {
  const taken = new Set(
    sourceFiles("page").flatMap((file) => importsOf(file).filter((path) => path.startsWith("src/"))),
  );
  for (const path of taken) for (const target of importsOf({ path, text: textOf(path) })) taken.add(target);
  assert.ok(taken.size > 3);
  const wrong = [...taken].filter((path) => /"node:|\b(?:Buffer|process)\b\./.test(textOf(path)));
  assert.deepEqual(wrong, []);
});

test("every limit says its unit: a constant that ends in MAX or MIN has a unit before it", () => {
  const UNITS =
    /(?:MESSAGES|SPANS|REQUESTS|HEADERS|CONNECTIONS|BATCHES|MEMBERS_TOLD|BYTES|CHARACTERS|DIGITS|MS|DAYS|SECONDS|WAITING|SENDERS|STATEMENTS|KEPT|BUCKETS|SHOWN|FLIGHT|TRIES|PORT|LIMIT|MAJOR|TOTALS_KEPT|VERSION|PX)_(?:MAX|MIN)$/;
  const names = [...sourceFiles("src"), ...sourceFiles("page")].flatMap(({ text }) =>
    [...text.matchAll(/\bconst ([A-Z0-9_]+_(?:MAX|MIN))\b/g)].map(([, name = ""]) => name),
  );
  assert.ok(names.length > 10);
  assert.deepEqual(
    names.filter((name) => !UNITS.test(name)),
    [],
  );
});

test("no test is skipped, focused or waits for a clock", () => {
  const banned =
    /\b(?:test|it|describe)\.(?:skip|only|todo)\(|skip: ?true|\bsleep\(|from "node:timers\/promises"/;
  const self = "test/style.test.ts";
  const wrong = sourceFiles("test").filter(({ path, text }) => path !== self && banned.test(text));
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  );
});

test("the lock file names no registry", () => {
  assert.doesNotMatch(readFileSync(join(PROJECT, "package-lock.json"), "utf8"), /"resolved": *"http/);
});

test("the lock file holds every optional package of every platform: npm ci fails where one is missing", () => {
  type Entry = { readonly optionalDependencies?: Record<string, string> };
  const lock = JSON.parse(readFileSync(join(PROJECT, "package-lock.json"), "utf8")) as {
    packages: Record<string, Entry>;
  };
  const wanted = Object.values(lock.packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies),
  );
  assert.ok(wanted.length > 20);
  assert.deepEqual(
    wanted.filter((name) => !(`node_modules/${name}` in lock.packages)),
    [],
  );
});
