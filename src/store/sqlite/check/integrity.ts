import type { Findings } from "../../check.ts";
import type { KeptFile } from "./kept-file.ts";

/** sqlite.org/pragma.html#pragma_integrity_check: each page, each index and the structure of the search index. */
export function checkIntegrity({ queries }: KeptFile, found: Findings): void {
  for (const { integrity_check } of queries.each("PRAGMA kept.integrity_check")) {
    const lines = String(integrity_check).split("\n");
    // The first line of several names the database.
    for (const what of lines) if (what !== "ok" && !what.startsWith("***")) found.add({ what });
  }
}
