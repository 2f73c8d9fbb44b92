import { fail, type Finding, ok, warn } from "../../../finding.ts";
import { connectionsOfAProcess } from "../pools.ts";
import type { Queries } from "../queries.ts";

const SUBJECT = "connections";

/** Every connection counts against the bound, of whichever database; a setting that a version does not have is 0. */
const ROOM = `
  SELECT current_setting('max_connections')::integer AS most,
    current_setting('superuser_reserved_connections')::integer
      + coalesce(current_setting('reserved_connections', TRUE)::integer, 0) AS kept,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) AS used,
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
       AND application_name IN ('lyftr append', 'lyftr read', 'lyftr upkeep')) AS ours`;

/** Whether a process more would find its connections. */
export async function* connectionsFinding(
  queries: Queries,
  readConnections: number | undefined,
): AsyncGenerator<Finding> {
  const row = (await queries.row(ROOM)) ?? {};
  const [most, kept, used] = [Number(row["most"]), Number(row["kept"]), Number(row["used"])];
  const need = connectionsOfAProcess(readConnections);
  const left = Math.max(0, most - kept - used);
  const says = `${used} of ${most - kept} in use, ${Number(row["ours"])} of them by lyftr here; a process takes up to ${need}`;
  const advice = "raise max_connections, close others, or lower DATABASE_READ_CONNECTIONS";
  if (left < need && Number(row["ours"]) === 0) {
    yield fail(SUBJECT, `${says}, and ${left} are left`, advice);
  } else if (left < need) {
    yield warn(SUBJECT, `${says}, and ${left} are left: another process would not find its own`, advice);
  } else {
    yield ok(SUBJECT, says);
  }
}
