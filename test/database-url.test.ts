import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "../src/config.ts";
import { shownLocation } from "../src/store-location.ts";
import { refusal, REQUIRED } from "./support/settings.ts";

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

test("a PostgreSQL URL is taken as it is, with one host or several", () => {
  for (const url of [
    "postgres://h/d",
    "postgresql://user@db.example:6432/lyftr?sslmode=verify-full",
    "postgres://u:p%40ss@h1:5432,h2:5433,[::1]:5434/d",
    "postgres:///lyftr?host=/var/run/postgresql",
  ]) {
    assert.deepEqual(readConfig({ ...REQUIRED, DATABASE_URL: url }).store, { engine: "postgres", url });
  }
});

test("a PostgreSQL URL that is none is refused, and its password is not repeated", () => {
  for (const url of [
    "postgres:",
    "postgres://",
    "postgres:user:hunter2@db.example/lyftr",
    "postgres://user:hunter2@/lyftr",
    "postgres://user:hunter2@db.example:port/lyftr",
    "postgres://user:hunter2@db.example,/lyftr",
    "POSTGRES://user:hunter2@db.example/lyftr",
    "postgresql+psycopg://user:hunter2@db.example/lyftr",
    "mysql://user:hunter2@db.example/d",
  ]) {
    const said = refusal({ ...REQUIRED, DATABASE_URL: url });
    assert.match(said, /DATABASE_URL: .*postgres:\/\//, url);
    assert.doesNotMatch(said, /hunter2|db\.example/, url);
  }
});

test("where the messages are kept is shown without user, password and parameters", () => {
  const url = "postgres://user:hunter2@h1:5432,h2/lyftr?sslmode=verify-full&password=hunter3";
  assert.equal(shownLocation({ engine: "postgres", url }), "postgres://h1:5432,h2/lyftr");
  assert.equal(shownLocation({ engine: "sqlite", path: "data/app.db" }), "data/app.db");
});
