/** What a disk, or another program, may do to the service while it runs. */
import { DatabaseSync } from "node:sqlite";
import type { Inbox } from "./inbox.ts";
import type { Random } from "../support/random.ts";
import type { Rule } from "./shim.ts";

export interface Fault {
  readonly name: string;
  /** What goes on: the rest is answered with 503. Undefined where it depends on what was cached or just indexed. */
  readonly posts?: "go on" | "refused";
  readonly reads?: "go on" | "refused";
  /** What the log tells; undefined when nobody need notice. */
  readonly reason?: RegExp;
  /** SQLite folds a log back every 1,000 pages: long texts bring that about soon. */
  readonly needsPages?: true;
  /** Each answer takes as long as the service waits for a lock, so that the log is all that is waited for. */
  readonly isSlow?: true;
  /** Returns what takes the fault away. */
  readonly begin: (inbox: Inbox, random: Random) => () => void;
}

const DISK_FULL = /the disk is full/;
/** SQLite takes a read that fails for damage. */
const UNREADABLE = /the disk cannot read the file, or it is damaged/;
const DISK_ERROR = /the disk reported a read or write error/;
const LOCKED = /the file is locked by another program/;
/** Written by SQLite before its disk is full, at the most. */
const BYTES_LEFT = 100_000;

function byRule(rule: Rule): Fault["begin"] {
  return (inbox, random) => {
    const bytesLeft = random.below(BYTES_LEFT);
    inbox.shim.set(rule.error === "ENOSPC" ? { ...rule, bytesLeft } : rule);
    return () => inbox.shim.clear();
  };
}

function byLock(pathOf: (inbox: Inbox) => string): Fault["begin"] {
  return (inbox) => {
    const other = new DatabaseSync(pathOf(inbox), { timeout: 10_000 });
    other.exec("BEGIN EXCLUSIVE");
    return () => {
      other.exec("ROLLBACK");
      other.close();
    };
  };
}

const WRITES: Pick<Rule, "action" | "calls"> = { action: "fail", calls: ["write", "truncate"] };
const SYNCS: Pick<Rule, "action" | "calls"> = { action: "fail", calls: ["sync"] };

export const FAULTS: readonly Fault[] = [
  {
    name: "disk full",
    posts: "refused",
    reason: DISK_FULL,
    begin: byRule({ ...WRITES, pattern: "*", error: "ENOSPC" }),
  },
  {
    name: "no room for the journal",
    posts: "refused",
    reads: "go on",
    reason: DISK_FULL,
    begin: byRule({ ...WRITES, pattern: "app.db.journal*", error: "ENOSPC" }),
  },
  {
    name: "journal not written",
    posts: "refused",
    reads: "go on",
    reason: DISK_ERROR,
    begin: byRule({ ...WRITES, pattern: "app.db.journal*", error: "EIO" }),
  },
  {
    name: "journal not synced",
    posts: "refused",
    reads: "go on",
    reason: DISK_ERROR,
    begin: byRule({ ...SYNCS, pattern: "app.db.journal*", error: "EIO" }),
  },
  {
    name: "no room for the main file",
    posts: "go on",
    reads: "refused",
    reason: DISK_FULL,
    begin: byRule({ ...WRITES, pattern: "app.db?(-wal)", error: "ENOSPC" }),
  },
  {
    name: "main file not synced",
    posts: "go on",
    reads: "refused",
    reason: DISK_ERROR,
    begin: byRule({ ...SYNCS, pattern: "app.db?(-wal)", error: "EIO" }),
  },
  {
    name: "main file not read",
    reason: UNREADABLE,
    begin: byRule({ action: "fail", calls: ["read"], pattern: "app.db?(-wal)", error: "EIO" }),
  },
  {
    name: "logs not folded back",
    posts: "go on",
    reads: "go on",
    needsPages: true,
    begin: byRule({ action: "fail", calls: ["write", "sync"], pattern: "app.db?(.journal)", error: "EIO" }),
  },
  {
    name: "read-only folder",
    posts: "refused",
    reason: DISK_ERROR,
    begin: byRule({
      action: "fail",
      calls: ["write", "truncate", "open", "unlink"],
      pattern: "*",
      error: "EROFS",
    }),
  },
  {
    name: "main file locked",
    posts: "go on",
    reads: "refused",
    reason: LOCKED,
    isSlow: true,
    begin: byLock(({ databasePath }) => databasePath),
  },
  {
    name: "journal locked",
    posts: "refused",
    reads: "go on",
    reason: LOCKED,
    isSlow: true,
    begin: byLock(({ databasePath }) => `${databasePath}.journal`),
  },
];
