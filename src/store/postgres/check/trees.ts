/** The extension amcheck looks whether the pages of a B-tree are in order. It is there only where an administrator created it. */
import type { Findings } from "../../check.ts";
import { describeFailure, isDamage } from "../failure.ts";
import type { Queries } from "../queries.ts";
import { INDEXES } from "./indexes.ts";

/** As whoever is not its owner may call it only where that was granted. */
const TREE_CHECK = `
  SELECT quote_ident(nspname) || '.bt_index_check' AS name
  FROM pg_extension
  JOIN pg_namespace ON pg_namespace.oid = extnamespace
  JOIN pg_proc ON pronamespace = extnamespace AND proname = 'bt_index_check' AND pronargs = 1
  WHERE extname = 'amcheck' AND has_schema_privilege(extnamespace, 'USAGE')
    AND has_function_privilege(pg_proc.oid, 'EXECUTE')`;

/** The function that does it; null where there is none that this user may call. */
export async function findTreeCheck(queries: Queries): Promise<string | null> {
  const row = await queries.row(TREE_CHECK);
  return row === undefined ? null : String(row["name"]);
}

/** Takes the lock that a read takes. An index that is missing is told elsewhere (indexes.ts). */
export async function* checkTrees(
  treeCheck: string,
  queries: Queries,
  found: Findings,
): AsyncGenerator<number> {
  for (const [done, { name }] of INDEXES.entries()) {
    yield done / INDEXES.length;
    const sql = `SELECT ${treeCheck}(indexrelid) FROM pg_index
      WHERE indexrelid = to_regclass($name) AND indisvalid AND indisready`;
    try {
      await queries.rows(sql, { name });
    } catch (error) {
      if (!isDamage(error)) throw error;
      found.add({ what: describeFailure(error) });
    }
  }
}
