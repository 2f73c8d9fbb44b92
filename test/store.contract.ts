/**
 * The promises of src/store/store.ts as one suite, for every engine alike: each of its sentences is a test here, and
 * nothing here knows how an engine keeps them. An engine is handed in as a way to make an empty database of its kind.
 */
import { describe } from "node:test";
import { appendPromises } from "./contract/append.ts";
import { arrivalPromises } from "./contract/arrivals.ts";
import { conflictPromises } from "./contract/conflicts.ts";
import type { CreateDatabase } from "./contract/database.ts";
import { erasureFilterPromises } from "./contract/erasure-filters.ts";
import { erasurePromises } from "./contract/erasure.ts";
import { findPromises } from "./contract/find.ts";
import { lifecyclePromises } from "./contract/lifecycle.ts";
import { limitPromises } from "./contract/limits.ts";
import { momentPromises } from "./contract/moment.ts";
import { pagePromises } from "./contract/pages.ts";
import { timelinePromises } from "./contract/timeline.ts";

export function storeContract(engine: string, create: CreateDatabase): void {
  describe(`the ${engine} store keeps the promises of store.ts`, () => {
    describe("append", () => appendPromises(create));
    describe("what is held and what is refused", () => limitPromises(create));
    describe("find", () => findPromises(create));
    describe("pages", () => pagePromises(create));
    describe("timeline", () => timelinePromises(create));
    describe("conflicts", () => conflictPromises(create));
    describe("arrivals", () => arrivalPromises(create));
    describe("erasure", () => erasurePromises(create));
    describe("what an erasure takes", () => erasureFilterPromises(create));
    describe("one moment", () => momentPromises(create));
    describe("open and close", () => lifecyclePromises(create));
  });
}
