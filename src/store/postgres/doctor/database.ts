import { counted } from "../../../counted.ts";
import { fail, type Finding, ok, warn } from "../../../finding.ts";
import type { Queries } from "../queries.ts";
import { readSchema, readVersion } from "../schema.ts";

/** What waits to be counted for some 500 ms; as many are minutes of a busy service. */
const UNCOUNTED_WARNED = 100_000;
/** So many are looked at: the table is small, or something is wrong. */
const UNCOUNTED_LOOKED_AT = 1_000_000;

const EXTENSION = `
  SELECT (SELECT extversion FROM pg_extension WHERE extname = 'pg_trgm') AS there,
    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') AS available,
    has_database_privilege(current_database(), 'CREATE') AS creates,
    has_schema_privilege(current_schema(), 'CREATE') AS makes_tables`;

/** Of the one database. */
export async function* databaseFindings(queries: Queries): AsyncGenerator<Finding> {
  const row = (await queries.row(EXTENSION)) ?? {};
  yield extensionFinding(row["there"], row["available"] === true, row["creates"] === true);
  const found = await readVersion(queries);
  const known = readSchema().version;
  if (found === null) {
    const says = "none yet: the service makes its tables when it first starts";
    yield row["makes_tables"] === true
      ? ok("schema", says)
      : fail(
          "schema",
          "none yet, and this user may not make tables",
          "let it own the database, or GRANT CREATE on its schema",
        );
    return;
  }
  const { version, worksWith } = found;
  if (version >= known && worksWith > known) {
    const says = `${version}, which works with lyftr of schema ${worksWith} and newer, not with ${known}`;
    yield fail("schema", says, "run a newer lyftr");
    return;
  }
  const next = version < known ? `; the next start brings it to ${known}` : "";
  yield ok("schema", `${version}${next}`);
  yield await uncountedFinding(queries);
}

function extensionFinding(there: unknown, isAvailable: boolean, creates: boolean): Finding {
  if (typeof there === "string") return ok("extension pg_trgm", there);
  const advice = "have an administrator run CREATE EXTENSION pg_trgm in the database";
  if (!isAvailable) {
    return fail(
      "extension pg_trgm",
      "the server does not have it",
      `install PostgreSQL's contrib package, then ${advice}`,
    );
  }
  if (!creates) return fail("extension pg_trgm", "this user may not create it", advice);
  return ok("extension pg_trgm", "the service creates it when it first starts");
}

async function uncountedFinding(queries: Queries): Promise<Finding> {
  const waiting = await queries.count(
    `SELECT count(*) AS n FROM (SELECT FROM uncounted LIMIT ${UNCOUNTED_LOOKED_AT}) AS looked_at`,
  );
  const says = `${counted(waiting, "message")} stored and not counted yet`;
  if (waiting < UNCOUNTED_WARNED) return ok("counters", says);
  return warn("counters", says, "see in the log of the services why none gets to count them");
}
