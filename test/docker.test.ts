/** No container engine is needed here: these read the files that one would use. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { maxHeaderSize } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import manifest from "../package.json" with { type: "json" };
import { ERASE_MS_MAX } from "../src/cli/erase.ts";
import { readConfig } from "../src/config.ts";
import { BODY_BYTES_MAX } from "../src/http/webhook.ts";
import { DRAIN_MS_MAX } from "../src/main.ts";
import { APPEND_MS_MAX } from "../src/store/postgres/pools.ts";
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
  assert.match(compose, /READ_ACCESS: local/);
  assert.match(compose, /read_only: true/);
});

test("compose gives the service the time that it needs to drain", () => {
  const grace = Number(/stop_grace_period: (\d+)s/.exec(compose)?.[1]);
  assert.ok(grace * 1000 > DRAIN_MS_MAX + 1000, `${grace} s`);
});

const behindProxy = readFileSync(join(PROJECT, "compose.postgres.yaml"), "utf8");
const proxy = readFileSync(join(PROJECT, "ops/haproxy.cfg"), "utf8");

function proxied(setting: string): number {
  return Number(new RegExp(`^ +${setting} (\\d+)s?$`, "m").exec(proxy)?.[1]);
}

test("with PostgreSQL, the proxy and nothing else is published, on the loopback address, and secrets are required", () => {
  assert.deepEqual(behindProxy.match(/published: .*/g), ['published: "8000"']);
  assert.match(behindProxy, /host_ip: 127\.0\.0\.1\n\s+published: "8000"\n\s+target: 8000/);
  assert.match(proxy, /^ +bind :8000$/m);
  assert.match(behindProxy, /WEBHOOK_SECRET: \$\{WEBHOOK_SECRET:\?/);
  assert.doesNotMatch(behindProxy, /\$\{POSTGRES_PASSWORD(?!:\?)/);
});

test("the proxy knows each process by its name, at the port of the image", () => {
  const processes = [...behindProxy.matchAll(/^ {2}(api-\d+): \*api$/gm)].map(([, name]) => name);
  assert.deepEqual(processes, ["api-1", "api-2"]);
  const port = /^EXPOSE (\d+)$/m.exec(dockerfile)?.[1];
  const servers = [...proxy.matchAll(/^ +server (\S+) (\S+)$/gm)].map(([, name, address]) => [name, address]);
  assert.deepEqual(
    servers,
    processes.map((name) => [name, `${name}:${port}`]),
  );
  for (const name of processes) assert.match(behindProxy, new RegExp(`depends_on:[^]*- ${name}\\b`));
});

test("the database starts before the processes, keeps its data, and outlives them", () => {
  assert.match(behindProxy, /condition: service_healthy/);
  // Where the image keeps them since PostgreSQL 18.
  assert.match(behindProxy, /image: postgres:18-alpine/);
  assert.match(behindProxy, /- postgres:\/var\/lib\/postgresql$/m);
  const [ofProcess = 0, ofDatabase = 0] = [...behindProxy.matchAll(/stop_grace_period: (\d+)s/g)].map(
    ([, seconds]) => Number(seconds),
  );
  assert.ok(ofProcess * 1000 > DRAIN_MS_MAX + 1000);
  assert.ok(ofDatabase > ofProcess);
});

test("the processes believe the proxy where a request comes from, and the proxy believes nobody", () => {
  const trusted = /^ +TRUST_PROXY: (.+)$/m.exec(behindProxy)?.[1];
  assert.deepEqual(readConfig({ WEBHOOK_SECRET: "x", TRUST_PROXY: trusted }).trustedProxies, ["uniquelocal"]);
  assert.match(proxy, /^ +http-request del-header X-Forwarded-For\n +option forwardfor$/m);
});

test("the proxy holds the longest request, so that it can be sent to the other process, and waits longer than they do", () => {
  assert.match(proxy, /^ +retry-on conn-failure empty-response$/m);
  assert.match(proxy, /^ +option http-buffer-request$/m);
  assert.ok(proxied("tune\\.bufsize") > BODY_BYTES_MAX + maxHeaderSize);
  assert.ok(proxied("timeout server") * 1000 > APPEND_MS_MAX);
  assert.match(proxy, /^ +option httpchk GET \/health\/ready$/m);
});

test("the proxy waits for an erasure as long as lyftr erase does, and for nothing else", () => {
  const [ofErasures, ...others] = [...proxy.matchAll(/^ +http-request set-timeout (.+)$/gm)];
  assert.deepEqual(others, []);
  const hours = /^server (\d+)h if \{ method DELETE \}$/.exec(ofErasures?.[1] ?? "")?.[1];
  assert.ok(Number(hours) * 3_600_000 >= ERASE_MS_MAX);
  assert.match(/^backend processes\n[^]*/m.exec(proxy)?.[0] ?? "", /set-timeout server/);
});

test("where no process can answer, the proxy does so in the service's form, and asks to send again", () => {
  const answers = [
    ...proxy.matchAll(/^ +http-error status (\d+) content-type (\S+) string '(.+)' hdr Retry-After 1$/gm),
  ];
  assert.deepEqual(
    answers.map(([, status]) => status),
    ["502", "503", "504"],
  );
  for (const [, , type, body = ""] of answers) {
    assert.equal(type, "application/json");
    assert.deepEqual(Object.keys(JSON.parse(body) as object), ["detail"]);
  }
});
