/** A disk that would be full is told before anything is copied. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { requireRoomToCopy } from "../src/store/room.ts";
import { dumpSqlite } from "../src/store/sqlite/backup/dump.ts";
import { createSqliteDatabase } from "./support/sqlite.ts";
import { tempFolder } from "./support/temp.ts";

const MIB_BYTES = 1024 * 1024;

test("a copy needs its own size and 64 MiB beside it", () => {
  requireRoomToCopy("/backups", 1_000, () => 64 * MIB_BYTES + 1_000);
  assert.throws(() => requireRoomToCopy("/backups", 1_001, () => 64 * MIB_BYTES + 1_000), {
    code: "unavailable",
    message: "the disk of /backups has too little room: 67109865 bytes are needed and 67109864 are free",
  });
});

test("with too little room nothing is copied", async (t) => {
  const source = createSqliteDatabase(t);
  await (await source.open()).close();
  const folder = tempFolder(t);
  const watch = { tell: () => assert.fail("it began"), copied: () => assert.fail("it copied") };
  await assert.rejects(
    dumpSqlite(source.path, folder, watch, () => 1_000),
    /too little room/,
  );
  assert.deepEqual(readdirSync(folder), []);
});
