import { fail, type Finding, ok, warn } from "../../../finding.ts";
import type { Queries } from "../queries.ts";
import { SERVER_VERSION_MIN } from "../schema.ts";

/** `synchronous`: standbys that a commit waits for, and that are there. The session's own synchronous_commit is the service's. */
const SETTINGS = `
  SELECT current_setting('server_version') AS version, current_setting('server_version_num')::integer AS number,
    current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync,
    current_setting('full_page_writes') AS pages, (SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit') AS commit,
    current_setting('synchronous_standby_names') AS names,
    (SELECT count(*) FROM pg_stat_replication) AS standbys,
    (SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')) AS synchronous`;

/** Of the server as a whole; that it is a primary was asked for when it was connected to. */
export async function* serverFindings(queries: Queries, place: string): AsyncGenerator<Finding> {
  const row = (await queries.row(SETTINGS)) ?? {};
  const text = (name: string): string => String(row[name]);
  const version = text("version");
  yield Number(row["number"]) < SERVER_VERSION_MIN
    ? fail("PostgreSQL", `${place} is of version ${version}`, "upgrade it to 13 or later")
    : ok("PostgreSQL", `${place} is a primary of version ${version}`);
  yield text("encoding") === "UTF8"
    ? ok("encoding", "UTF8")
    : fail("encoding", text("encoding"), "create the database with ENCODING 'UTF8'");
  yield text("fsync") === "on"
    ? ok("fsync", "on")
    : fail("fsync", "off: what is answered 200 may be lost with the power", "set fsync = on");
  yield text("pages") === "on"
    ? ok("full_page_writes", "on")
    : fail("full_page_writes", "off: a page that is half written is lost", "set full_page_writes = on");
  yield commitFinding(text("commit"));
  yield standbyFinding(text("names"), Number(row["standbys"]), Number(row["synchronous"]));
}

function commitFinding(said: string): Finding {
  const weaker = ["off", "local", "remote_write"].includes(said);
  return ok("synchronous_commit", weaker ? `on for lyftr; ${said} for others` : said);
}

function standbyFinding(names: string, standbys: number, synchronous: number): Finding {
  if (names === "") {
    const there = standbys === 0 ? "no standby is seen" : `${standbys} standbys, none of them waited for`;
    return ok("standbys", `${there}: what is answered 200 is on this server`);
  }
  if (synchronous > 0) return ok("standbys", `${synchronous} that each commit waits for`);
  // Without the right to see it the state is null.
  if (standbys > 0) {
    const says = "whether one of those that commits wait for is there is not shown to this user";
    return warn("standbys", says, "GRANT pg_read_all_stats to the user");
  }
  const says = `each commit waits for one of ${names}, and none is there: messages get 503`;
  return fail("standbys", says, "start the standby, or change synchronous_standby_names");
}
