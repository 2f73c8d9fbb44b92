/** One connection to one host, if that may do what is asked of it. */
import { Client } from "pg";
import { AppError } from "../../errors.ts";
import type { PostgresTls } from "../../postgres-tls.ts";
import type { Encryption } from "./tls.ts";

/** For one host to accept a connection. A host that is down without a word must not use up a sender's patience. */
const CONNECT_MS_MAX = 3_000;
/** After so long without traffic the system asks whether the other side is still there. */
const KEEP_ALIVE_AFTER_MS = 10_000;

/** How a connection is used. */
export interface Use {
  /** Shown by pg_stat_activity. */
  readonly name: string;
  /**
   * write    takes writes, as libpq's target_session_attrs=read-write
   * primary  sees all that is committed, as a standby may not; a primary that takes no writes for now is one
   */
  readonly server: "write" | "primary";
  /** What is set for the session. */
  readonly settings: Readonly<Record<string, string>>;
  /**
   * After so long without an answer the connection is given up. 0: never, for statements that take as long as there are rows; a
   * server that is gone is noticed by the system.
   */
  readonly answerMsMax: number;
}

/**
 * Whatever the database, the user or the URL sets: read committed, so that an INSERT sees what it waited for. A commit waits for
 * the synchronous standby as well where there is one, and no less than for the disk.
 */
const SETTINGS = `
  SET default_transaction_isolation = 'read committed';
  SET client_min_messages = 'warning';
  SELECT set_config('synchronous_commit', 'on', FALSE)
    WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')`;

const SERVER = `
  SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS read_only,
    pg_backend_pid() AS pid, (SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS started`;

/** The name of the file that is written to begins with it, in hexadecimal. */
const TIMELINE = "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS timeline";

/** What the server calls a connection. */
export interface Backend {
  readonly pid: number;
  /** As the server writes it; another process may have the same pid later. */
  readonly started: string;
}

export interface Opened extends Backend {
  readonly client: Client;
  readonly isReadOnly: boolean;
  /** 0 where it was not asked for. */
  readonly timeline: number;
}

export interface Way {
  readonly url: string;
  readonly encryption: Encryption;
  readonly negotiation: PostgresTls["negotiation"];
}

/** Rejects with what the connection or the server said, or AppError `unavailable` when it is not the server that is asked for. */
export async function openConnection(
  way: Way,
  { name, server, settings, answerMsMax }: Use,
  isTimelineAsked: boolean,
): Promise<Opened> {
  const client = new Client({
    connectionString: way.url,
    ssl: way.encryption,
    // Named in any case, or the driver would ask the environment, which is config.ts's to read.
    sslnegotiation: way.encryption === false ? "postgres" : way.negotiation,
    application_name: name,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    query_timeout: answerMsMax,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
  });
  // Told to whoever asks next as well; without a listener it would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query(SETTINGS);
    // The name once more: one in the URL would take its place, and nobody could tell by it that a service is there.
    for (const [setting, value] of Object.entries({ ...settings, application_name: name })) {
      await client.query("SELECT set_config($1, $2, FALSE)", [setting, value]);
    }
    const { isReadOnly, ...backend } = await requireServer(client, server);
    return { client, isReadOnly, ...backend, timeline: isTimelineAsked ? await timelineOf(client) : 0 };
  } catch (error) {
    void client.end().catch(() => undefined);
    throw error;
  }
}

async function requireServer(
  client: Client,
  server: Use["server"],
): Promise<Backend & Pick<Opened, "isReadOnly">> {
  const { rows } = await client.query<{ standby: boolean; read_only: boolean; pid: number; started: string }>(
    SERVER,
  );
  const { standby = true, read_only: isReadOnly = true, pid = 0, started = "" } = rows[0] ?? {};
  if (standby) throw new AppError("unavailable", "the server is a standby");
  if (server === "write" && isReadOnly) throw new AppError("unavailable", "the database is read-only");
  return { isReadOnly, pid, started };
}

async function timelineOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ timeline: string }>(TIMELINE);
  return Number.parseInt(rows[0]?.timeline ?? "", 16);
}
