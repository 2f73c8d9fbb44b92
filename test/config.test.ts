import assert from "node:assert/strict";
import { test } from "node:test";
import { type Environment, readConfig, serviceUrl } from "../src/config.ts";
import { AppError } from "../src/errors.ts";

const REQUIRED = { WEBHOOK_SECRET: "testsecret" };

/** What readConfig says is wrong; fails when it finds nothing. */
function refusal(environment: Environment): string {
  try {
    readConfig(environment);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, "cannot_start");
    return error.message;
  }
  throw new assert.AssertionError({ message: `accepted: ${JSON.stringify(environment)}` });
}

test("only the secret is required; the rest has the defaults of the contract", () => {
  assert.deepEqual(readConfig(REQUIRED), {
    secrets: ["testsecret"],
    store: { engine: "sqlite", path: "data/app.db" },
    host: "127.0.0.1",
    port: 8000,
    logLevel: "info",
    readTimeoutMs: 5000,
  });
});

test("every setting is read", () => {
  const environment = {
    WEBHOOK_SECRET: "new",
    WEBHOOK_SECRET_PREVIOUS: "old",
    DATABASE_URL: "sqlite:///other/file.db",
    HOST: "0.0.0.0",
    PORT: "9000",
    LOG_LEVEL: "debug",
    READ_TIMEOUT_MS: "2500",
    UNRELATED: "ignored",
  };
  assert.deepEqual(readConfig(environment), {
    secrets: ["new", "old"],
    store: { engine: "sqlite", path: "other/file.db" },
    host: "0.0.0.0",
    port: 9000,
    logLevel: "debug",
    readTimeoutMs: 2500,
  });
});

test("an empty value counts as not set", () => {
  for (const name of [
    "WEBHOOK_SECRET_PREVIOUS",
    "DATABASE_URL",
    "HOST",
    "PORT",
    "LOG_LEVEL",
    "READ_TIMEOUT_MS",
  ]) {
    assert.deepEqual(readConfig({ ...REQUIRED, [name]: "" }), readConfig(REQUIRED), name);
  }
  assert.match(refusal({ WEBHOOK_SECRET: "" }), /WEBHOOK_SECRET/);
  assert.match(refusal({ WEBHOOK_SECRET: "", WEBHOOK_SECRET_PREVIOUS: "old" }), /WEBHOOK_SECRET\b(?!_)/);
  assert.match(refusal({}), /WEBHOOK_SECRET/);
});

test("all wrong settings are reported together, each on its line, by name", () => {
  const environment = {
    WEBHOOK_SECRET: "",
    DATABASE_URL: "mysql://x",
    PORT: "http",
    LOG_LEVEL: "loud",
    READ_TIMEOUT_MS: "5s",
  };
  const lines = refusal(environment).split("\n");
  for (const name of Object.keys(environment)) {
    const naming = lines.filter((line) => line.trimStart().startsWith(`${name}:`));
    assert.equal(naming.length, 1, `${name} in ${lines.join(" | ")}`);
  }
  assert.doesNotMatch(
    refusal({ ...REQUIRED, PORT: "http" }),
    /WEBHOOK_SECRET|DATABASE_URL|LOG_LEVEL|HOST|READ_TIMEOUT/,
  );
});

test("three slashes lead to a relative path, four to an absolute one", () => {
  for (const [url, path] of [
    ["sqlite:///app.db", "app.db"],
    ["sqlite:///data/app.db", "data/app.db"],
    ["sqlite:///../app.db", "../app.db"],
    ["sqlite:////data/app.db", "/data/app.db"],
    ["sqlite:////var/lib/lyftr/app.db", "/var/lib/lyftr/app.db"],
    ["sqlite:///with space.db", "with space.db"],
  ]) {
    assert.deepEqual(readConfig({ ...REQUIRED, DATABASE_URL: url }).store, { engine: "sqlite", path });
  }
});

test("a database in memory, which would lose every message, is refused", () => {
  const urls = ["sqlite:///:memory:", "sqlite://", "sqlite:///", "sqlite:"];
  for (const url of urls) assert.match(refusal({ ...REQUIRED, DATABASE_URL: url }), /DATABASE_URL/, url);
});

test("a database in memory is refused also where SQLite would read the path as a URI", () => {
  // sqlite.org/uri.html: a name that begins with `file:` is not a path, and `mode=memory` or `:memory:` keeps nothing.
  const urls = [
    "sqlite:///file::memory:",
    "sqlite:///file::memory:?cache=shared",
    "sqlite:///file:a.db?mode=memory",
  ];
  for (const url of urls) assert.match(refusal({ ...REQUIRED, DATABASE_URL: url }), /DATABASE_URL/, url);
});

test("what is not a file of an engine that this program has is refused", () => {
  for (const url of [
    "app.db",
    "/data/app.db",
    "sqlite:app.db",
    "sqlite://app.db",
    "mysql://h/db",
    "sqlite:///data/",
  ]) {
    assert.match(refusal({ ...REQUIRED, DATABASE_URL: url }), /DATABASE_URL/, url);
  }
});

test("a PostgreSQL URL is refused in so many words, and its password is not repeated", () => {
  for (const scheme of ["postgres", "postgresql", "POSTGRES", "postgresql+psycopg"]) {
    const said = refusal({ ...REQUIRED, DATABASE_URL: `${scheme}://user:hunter2@db.example/lyftr` });
    assert.match(said, /DATABASE_URL/);
    assert.doesNotMatch(said, /hunter2|db\.example/, scheme);
  }
  for (const scheme of ["postgres", "postgresql"]) {
    assert.match(refusal({ ...REQUIRED, DATABASE_URL: `${scheme}://u:p@h/d` }), /PostgreSQL/, scheme);
  }
  assert.doesNotMatch(refusal({ ...REQUIRED, DATABASE_URL: "mysql://user:hunter2@h/d" }), /hunter2/);
});

test("PORT is a whole number from 0 to 65535", () => {
  for (const [value, port] of [
    ["0", 0],
    ["1", 1],
    ["80", 80],
    ["65535", 65_535],
  ] as const) {
    assert.equal(readConfig({ ...REQUIRED, PORT: value }).port, port);
  }
  for (const wrong of [
    "65536",
    "-1",
    "+80",
    "80.0",
    "8e3",
    "0x50",
    " ",
    "80 ",
    " 80",
    "80a",
    "http",
    "８０",
    "1e400",
  ]) {
    assert.match(refusal({ ...REQUIRED, PORT: wrong }), /PORT/, wrong);
  }
});

test("READ_TIMEOUT_MS is a whole number of milliseconds from 100 to 600000", () => {
  for (const [value, readTimeoutMs] of [
    ["100", 100],
    ["5000", 5000],
    ["600000", 600_000],
  ] as const) {
    assert.equal(readConfig({ ...REQUIRED, READ_TIMEOUT_MS: value }).readTimeoutMs, readTimeoutMs);
  }
  for (const wrong of [
    "0",
    "99",
    "600001",
    "-5000",
    "5000.0",
    "5e3",
    "5s",
    "5 000",
    "5_000",
    " ",
    "none",
    "1e400",
  ]) {
    assert.match(refusal({ ...REQUIRED, READ_TIMEOUT_MS: wrong }), /READ_TIMEOUT_MS/, wrong);
  }
});

test("LOG_LEVEL is read in any case", () => {
  for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) {
    for (const spelling of [
      level,
      level.toUpperCase(),
      `${level.slice(0, 1).toUpperCase()}${level.slice(1)}`,
    ]) {
      assert.equal(readConfig({ ...REQUIRED, LOG_LEVEL: spelling }).logLevel, level);
    }
  }
  for (const wrong of ["loud", "infos", "1", " info"]) {
    assert.match(refusal({ ...REQUIRED, LOG_LEVEL: wrong }), /LOG_LEVEL/, wrong);
  }
});

test("a secret is taken as it is, to the byte", () => {
  for (const secret of [" ", "a b ", "ключ", "x".repeat(10_000), "with\nlines", "#hash", '"quoted"']) {
    assert.deepEqual(readConfig({ WEBHOOK_SECRET: secret, WEBHOOK_SECRET_PREVIOUS: `${secret}2` }).secrets, [
      secret,
      `${secret}2`,
    ]);
  }
});

test("no refusal repeats a secret", () => {
  const secrets = { WEBHOOK_SECRET: "hunter2", WEBHOOK_SECRET_PREVIOUS: "hunter3" };
  assert.doesNotMatch(refusal({ ...secrets, PORT: "x", LOG_LEVEL: "x", DATABASE_URL: "x" }), /hunter/);
});

test("the settings are frozen, all the way down", () => {
  const config = readConfig({ ...REQUIRED, WEBHOOK_SECRET_PREVIOUS: "old" });
  for (const part of [config, config.secrets, config.store]) assert.ok(Object.isFrozen(part));
});

test("the service's own address can be opened by a client on this machine", () => {
  for (const [host, url] of [
    ["127.0.0.1", "http://127.0.0.1:8000"],
    ["localhost", "http://localhost:8000"],
    ["0.0.0.0", "http://127.0.0.1:8000"],
    ["::", "http://[::1]:8000"],
    ["::1", "http://[::1]:8000"],
    ["fd00::1", "http://[fd00::1]:8000"],
  ] as const) {
    assert.equal(serviceUrl(host, 8000), url);
    assert.equal(new URL(url).port, "8000");
  }
});
