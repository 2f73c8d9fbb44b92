/** One connection to the server that may do what is asked of it, among the hosts that the URL names. */
import { Client } from "pg";
import { AppError } from "../../errors.ts";
import { type PostgresTls, splitTls } from "../../postgres-tls.ts";
import { isSocket, splitHosts } from "../../postgres-url.ts";
import { describeFailure, isWithoutTls } from "./failure.ts";
import { type Encryption, encryptionsOf, isOfEncryption } from "./tls.ts";

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
  /** After so long without an answer the connection is given up. */
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

const SERVER =
  "SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS read_only";

/** Opens connections to whichever host serves, beginning with the one that served last. */
export class Servers {
  readonly #urls: string[];
  readonly #tls: PostgresTls;

  constructor(said: string) {
    const { url, tls } = splitTls(said);
    this.#urls = splitHosts(url) ?? [url];
    this.#tls = tls;
  }

  /** Rejects with AppError `unavailable` that says of each host why not. */
  async connect(use: Use): Promise<Client> {
    const encryptions = await encryptionsOf(this.#tls);
    const reasons: string[] = [];
    for (const url of this.#urls) {
      // A socket is of this machine, and no server has TLS on it.
      const client = await this.#tryEach(url, isSocket(url) ? [false] : encryptions, use, reasons);
      if (client === null) continue;
      this.#preferLater(url);
      return client;
    }
    throw new AppError("unavailable", "the store is not available now", { reason: reasons.join("; ") });
  }

  /** Null, with one reason or two more, when the host takes no connection. */
  async #tryEach(
    url: string,
    encryptions: readonly Encryption[],
    use: Use,
    reasons: string[],
  ): Promise<Client | null> {
    for (const encryption of encryptions) {
      try {
        return await open({ url, encryption, negotiation: this.#tls.negotiation }, use);
      } catch (error) {
        // That there is no TLS is no reason where it goes on without.
        const isPassedOver = isWithoutTls(error) && encryption !== encryptions.at(-1);
        if (!isPassedOver) reasons.push(error instanceof AppError ? error.message : describeFailure(error));
        if (!isOfEncryption(error)) break;
      }
    }
    return null;
  }

  #preferLater(url: string): void {
    const index = this.#urls.indexOf(url);
    if (index > 0) this.#urls.unshift(...this.#urls.splice(index, 1));
  }
}

interface Way {
  readonly url: string;
  readonly encryption: Encryption;
  readonly negotiation: PostgresTls["negotiation"];
}

async function open(way: Way, { name, server, settings, answerMsMax }: Use): Promise<Client> {
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
    for (const [setting, value] of Object.entries(settings)) {
      await client.query("SELECT set_config($1, $2, FALSE)", [setting, value]);
    }
    const { rows } = await client.query<{ standby: boolean; read_only: boolean }>(SERVER);
    if (rows[0]?.standby === true) throw new AppError("unavailable", "the server is a standby");
    if (server === "write" && rows[0]?.read_only === true) {
      throw new AppError("unavailable", "the database is read-only");
    }
    return client;
  } catch (error) {
    void client.end().catch(() => undefined);
    throw error;
  }
}
