/** TLS on a real PostgreSQL server that runs already: it reads its certificate, and who may come how, whenever it is told to. */
import { chownSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Certificate, keyOf } from "./certificates.ts";
import { eventually } from "./eventually.ts";
import type { PostgresDatabase } from "./postgres.ts";

/** Whoever connects from now on is shown `server`; of clients, certificates by `clients` are taken. */
export async function serveTls(
  database: PostgresDatabase,
  server: Certificate,
  clients: Certificate = server,
): Promise<void> {
  await writeOwn(database, "server.key", keyOf(server));
  await writeOwn(database, "server.crt", server.certificate);
  await writeOwn(database, "clients.crt", clients.certificate);
  await database.query("ALTER SYSTEM SET ssl_ca_file = 'clients.crt'");
  await database.query("ALTER SYSTEM SET ssl = on");
  await reload(database);
}

/** `rules`: lines of pg_hba.conf, before one that lets the superuser of the tests in. */
export async function admit(database: PostgresDatabase, rules: readonly string[]): Promise<void> {
  await writeOwn(database, "pg_hba.conf", [...rules, "host all postgres samehost password", ""].join("\n"));
  await reload(database);
}

/** How many connections of the store are with TLS, and how many without. */
export async function encryptionOf(database: PostgresDatabase): Promise<Record<"tls" | "plain", number>> {
  const [row] = await database.query(
    `SELECT count(*) FILTER (WHERE ssl)::integer AS tls, count(*) FILTER (WHERE NOT ssl)::integer AS plain
     FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
     WHERE application_name LIKE 'lyftr%' AND datname = current_database()`,
  );
  return { tls: Number(row?.["tls"]), plain: Number(row?.["plain"]) };
}

/** As the server demands of its files: its own, and nobody else's to read. */
async function writeOwn(database: PostgresDatabase, name: string, text: string): Promise<void> {
  const [row] = await database.query("SELECT current_setting('data_directory') AS folder");
  const folder = String(row?.["folder"]);
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  const { uid, gid } = statSync(folder);
  chownSync(path, uid, gid);
}

async function reload(database: PostgresDatabase): Promise<void> {
  const loaded = async (): Promise<string> => {
    const [row] = await database.query("SELECT pg_conf_load_time()::text AS at");
    return String(row?.["at"]);
  };
  const before = await loaded();
  await database.query("SELECT pg_reload_conf()");
  await eventually("new connections are under the new settings", async () =>
    (await loaded()) === before ? undefined : true,
  );
}
