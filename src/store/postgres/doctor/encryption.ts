import { type Finding, ok, warn } from "../../../finding.ts";
import { splitTls } from "../../../postgres-tls.ts";
import type { Queries } from "../queries.ts";

const SUBJECT = "TLS to the database";

/** A socket has no address. */
const CONNECTION = `
  SELECT (SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS tls,
    inet_client_addr() IS NULL OR host(inet_client_addr()) IN ('127.0.0.1', '::1') AS local`;

/** Of the connection that asks: the others are made alike. */
export async function tlsFinding(queries: Queries, url: string): Promise<Finding> {
  const row = (await queries.row(CONNECTION)) ?? {};
  const { mode } = splitTls(url).tls;
  const isChecked = mode === "verify-ca" || mode === "verify-full";
  if (typeof row["tls"] === "string") {
    const says = `${row["tls"]}, sslmode=${mode}`;
    if (isChecked || row["local"] === true) return ok(SUBJECT, says);
    const words = `${says}: the server's certificate is not checked, so somebody in between can be the server`;
    return warn(
      SUBJECT,
      words,
      "say sslmode=verify-full in DATABASE_URL, with sslrootcert where it needs one",
    );
  }
  if (row["local"] === true) return ok(SUBJECT, "none; the server is on this machine");
  const says = "none: who is on the way reads every message, and the password may be theirs";
  return warn(SUBJECT, says, "say sslmode=verify-full in DATABASE_URL, unless the network is yours alone");
}
