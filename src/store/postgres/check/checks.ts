import type { Findings } from "../../check.ts";
import type { Queries } from "../queries.ts";
import { checkConflicts } from "./conflicts.ts";
import { checkErased } from "./erased.ts";
import { checkIndexes } from "./indexes.ts";
import { RECOUNTS, recount } from "./recounts.ts";
import { checkSearch, SEARCH_NAME } from "./search.ts";
import { checkTexts } from "./texts.ts";
import { checkTrees, findTreeCheck } from "./trees.ts";

export interface Check {
  readonly name: string;
  /** Adds what it finds; one that takes long yields how much of it is done, 0 to 1. */
  readonly run: (queries: Queries, found: Findings) => AsyncIterable<number>;
}

const CHECKS: readonly Check[] = [
  { name: "indexes, and what their tables hold", run: checkIndexes },
  ...RECOUNTS.map((each): Check => ({
    name: each.name,
    async *run(queries, found) {
      yield 0;
      found.addAll(await recount(queries, each));
    },
  })),
  { name: "texts folded for the search", run: checkTexts },
  { name: "conflicts and the messages that they refer to", run: checkConflicts },
  { name: "ids of erased messages, none of which is stored", run: checkErased },
  { name: SEARCH_NAME, run: checkSearch },
];

/** What can be checked there. */
export async function checksOf(queries: Queries): Promise<readonly Check[]> {
  const treeCheck = await findTreeCheck(queries);
  if (treeCheck === null) return CHECKS;
  const trees: Check = {
    name: "PostgreSQL's own check of its indexes (amcheck)",
    run: (queries, found) => checkTrees(treeCheck, queries, found),
  };
  return [trees, ...CHECKS];
}
