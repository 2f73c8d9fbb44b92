import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "../src/config.ts";
import { refusal, REQUIRED } from "./support/settings.ts";

test("DATABASE_READ_CONNECTIONS is a whole number from 1 to 100", () => {
  for (const value of ["1", "100"]) {
    assert.equal(
      readConfig({ ...REQUIRED, DATABASE_READ_CONNECTIONS: value }).readConnections,
      Number(value),
    );
  }
  for (const wrong of ["0", "101", "-1", "4.5", "many"]) {
    assert.match(
      refusal({ ...REQUIRED, DATABASE_READ_CONNECTIONS: wrong }),
      /DATABASE_READ_CONNECTIONS/,
      wrong,
    );
  }
});

test("CONNECTIONS_MAX is a whole number from 16 to 100000", () => {
  for (const value of ["16", "100000"]) {
    assert.equal(readConfig({ ...REQUIRED, CONNECTIONS_MAX: value }).connectionsMax, Number(value));
  }
  for (const wrong of ["0", "15", "100001", "-1", "4e3", "all"]) {
    assert.match(refusal({ ...REQUIRED, CONNECTIONS_MAX: wrong }), /CONNECTIONS_MAX/, wrong);
  }
});
