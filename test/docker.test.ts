/** No container engine is needed here: these read the files that one would use. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import manifest from "../package.json" with { type: "json" };
import { DRAIN_MS_MAX } from "../src/main.ts";
import { PROJECT } from "./support/program.ts";

const dockerfile = readFileSync(join(PROJECT, "Dockerfile"), "utf8");
const compose = readFileSync(join(PROJECT, "compose.yaml"), "utf8");

function copiedPaths(): string[] {
  return [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = ""]) =>
    sources.split(" "),
  );
}

test("every path that the Dockerfile copies exists, and no .dockerignore rule hides it", () => {
  const ignore = readFileSync(join(PROJECT, ".dockerignore"), "utf8").split("\n");
  assert.equal(ignore[0], "*");
  const paths = copiedPaths();
  assert.ok(paths.length >= 6);
  for (const path of paths) {
    assert.ok(existsSync(join(PROJECT, path)), path);
    assert.ok(ignore.includes(`!${path}`), `${path} is not let through by .dockerignore`);
  }
});

test("the image holds all that the program reads", () => {
  for (const path of ["bin", "src", "migrations", "package.json"])
    assert.ok(copiedPaths().includes(path), path);
});

test("the image starts the program as npm start does, and so the tests", () => {
  const command: unknown = JSON.parse(/^CMD (\[.+\])$/m.exec(dockerfile)?.[1] ?? "null");
  assert.deepEqual(command, manifest.scripts.start.split(" "));
});

test("the image runs as a user without rights, keeps its data under /data, and says whether it is healthy", () => {
  assert.match(dockerfile, /^USER node$/m);
  assert.match(dockerfile, /^VOLUME \/data$/m);
  assert.match(dockerfile, /DATABASE_URL=sqlite:\/\/\/\/data\/app\.db/);
  assert.match(dockerfile, /^HEALTHCHECK .*\/health\/ready/m);
});

test("compose publishes on the loopback address, requires the secret and keeps the data", () => {
  assert.match(compose, /host_ip: 127\.0\.0\.1\n\s+published: "8000"\n\s+target: 8000/);
  assert.match(compose, /WEBHOOK_SECRET: \$\{WEBHOOK_SECRET:\?/);
  assert.match(compose, /- data:\/data/);
  assert.match(compose, /read_only: true/);
});

test("compose gives the service the time that it needs to drain", () => {
  const grace = Number(/stop_grace_period: (\d+)s/.exec(compose)?.[1]);
  assert.ok(grace * 1000 > DRAIN_MS_MAX + 1000, `${grace} s`);
});
