import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig, readStoreLocation, serviceUrl } from "../src/config.ts";
import { refusal, REQUIRED } from "./support/settings.ts";

const TOKEN = "0123456789abcdef";

test("only the secret is required; the rest has the defaults of the contract", () => {
  assert.deepEqual(readConfig(REQUIRED), {
    secrets: ["testsecret"],
    access: { tokens: [], openTo: "loopback", areMetricsOpen: false },
    trustedProxies: [],
    connectionsMax: 4000,
    pagePath: "/",
    store: { engine: "sqlite", path: "data/app.db" },
    host: "127.0.0.1",
    port: 8000,
    logLevel: "info",
    readTimeoutMs: 5000,
    readConnections: undefined,
    tracing: undefined,
    retentionDays: undefined,
    dedupeDays: undefined,
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
    DATABASE_READ_CONNECTIONS: "12",
    RETENTION_DAYS: "400",
    DEDUPE_DAYS: "90",
    API_TOKENS: `grafana:read:${TOKEN}, ops:admin:${TOKEN}=`,
    READ_ACCESS: "Public",
    METRICS_ACCESS: "public",
    TRUST_PROXY: "loopback, 10.0.0.0/8",
    CONNECTIONS_MAX: "500",
    PAGE_PATH: "/app",
    UNRELATED: "ignored",
  };
  assert.deepEqual(readConfig(environment), {
    secrets: ["new", "old"],
    access: {
      tokens: [
        { name: "grafana", role: "read", token: TOKEN },
        { name: "ops", role: "admin", token: `${TOKEN}=` },
      ],
      openTo: "everybody",
      areMetricsOpen: true,
    },
    trustedProxies: ["loopback", "10.0.0.0/8"],
    connectionsMax: 500,
    pagePath: "/app/",
    store: { engine: "sqlite", path: "other/file.db" },
    host: "0.0.0.0",
    port: 9000,
    logLevel: "debug",
    readTimeoutMs: 2500,
    readConnections: 12,
    tracing: undefined,
    retentionDays: 400,
    dedupeDays: 90,
  });
});

test("where the data lies is read without a secret, and refused alike", () => {
  assert.deepEqual(readStoreLocation({}), { engine: "sqlite", path: "data/app.db" });
  const location = readStoreLocation({ DATABASE_URL: "sqlite:////data/other.db", PORT: "wrong" });
  assert.deepEqual(location, { engine: "sqlite", path: "/data/other.db" });
  assert.ok(Object.isFrozen(location));
  assert.throws(() => readStoreLocation({ DATABASE_URL: "app.db" }), /DATABASE_URL: must be/);
});

test("an empty value counts as not set", () => {
  for (const name of [
    "WEBHOOK_SECRET_PREVIOUS",
    "DATABASE_URL",
    "HOST",
    "PORT",
    "LOG_LEVEL",
    "READ_TIMEOUT_MS",
    "DATABASE_READ_CONNECTIONS",
    "API_TOKENS",
    "READ_ACCESS",
    "METRICS_ACCESS",
    "TRUST_PROXY",
    "CONNECTIONS_MAX",
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

test("PAGE_PATH is a path, with or without a slash at its end, that is none of the service's own", () => {
  for (const [value, path] of [
    ["/", "/"],
    ["/app", "/app/"],
    ["/app/", "/app/"],
    ["/a.b/c_d~e", "/a.b/c_d~e/"],
    ["/message", "/message/"],
  ]) {
    assert.equal(readConfig({ ...REQUIRED, PAGE_PATH: value }).pagePath, path);
  }
  for (const value of ["app", "//", "/a//b", "/..", "/a b", "/%61", "/a?b", "https://x.example/"])
    assert.match(refusal({ ...REQUIRED, PAGE_PATH: value }), /PAGE_PATH: must be a path such as \/ or \/app/);
  for (const value of ["/messages", "/stats/page", "/health/", "/docs"])
    assert.match(
      refusal({ ...REQUIRED, PAGE_PATH: value }),
      /PAGE_PATH: ".+" is a path of the service itself/,
    );
});
