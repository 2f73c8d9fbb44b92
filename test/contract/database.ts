/** What an engine brings to be held to the promises of store.ts. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { AppError } from "../../src/errors.ts";
import type { Message } from "../../src/message.ts";
import type { Store, StoreOptions } from "../../src/store/store.ts";

/** A conflict as the engine keeps it, read past the store. */
export interface KeptConflict {
  readonly message_id: string;
  /** SHA-256 in hex of the first content and of the later. */
  readonly first: string;
  readonly later: string;
  readonly differs: readonly string[];
  /** Milliseconds since 1970. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly times: number;
}

/** One database, empty to begin with, that is removed with the test. */
export interface Database {
  /** Opens the engine on it; once the store before is closed, again. Stores left open are closed with the test. */
  open(now?: () => number, options?: Partial<StoreOptions>): Promise<Store>;
  conflicts(): Promise<readonly KeptConflict[]>;
}

export type CreateDatabase = (t: TestContext) => Promise<Database>;

export async function openEmpty(t: TestContext, create: CreateDatabase): Promise<Store> {
  const database = await create(t);
  return database.open();
}

/** A page larger than any test's data. */
export const EVERYTHING = { limit: 100_000, offset: 0, order: "asc" } as const;

export async function allOf(store: Store): Promise<readonly Message[]> {
  const { data } = await store.find({}, EVERYTHING);
  return data;
}

export async function idsOf(page: Promise<{ readonly data: readonly Message[] }>): Promise<string[]> {
  const { data } = await page;
  return data.map((message) => message.message_id);
}

export async function assertUnavailable(call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => error instanceof AppError && error.code === "unavailable");
}
