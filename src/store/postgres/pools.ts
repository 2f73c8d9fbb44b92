/** How many connections there are for each use, how many calls wait for one, and how long each may take. */
import type { Client } from "pg";
import type { StoreOptions } from "../store.ts";
import type { Use } from "./connection.ts";
import { type ConnectionSource, Connections } from "./connections.ts";
import { asAppError, isUnanswered } from "./failure.ts";
import type { Servers } from "./servers.ts";

/** Batches in flight: while the server syncs one, it takes in the next. More would make the batches smaller. */
const APPENDS_FLIGHT_MAX = 2;
/** Batches that wait behind them; ingest keeps far fewer, so this only catches a fault. */
const APPENDS_WAITING_MAX = 100;
/**
 * Reads at once, unless the settings say otherwise: as many as keep a few cores of the server busy, and few enough for a dozen
 * processes on its 100 connections.
 */
const READS_FLIGHT = 4;
/** At some milliseconds a read, more would outlive their client's patience. */
const READS_WAITING_MAX = 1_000;
const UPKEEP_WAITING_MAX = 2;
/** For a batch: twice as long as a server takes that is merely slow, or that waits for its standby to come back. */
export const APPEND_MS_MAX = 10_000;
/** For what is done behind the appends: far longer than a vacuum of some thousand rows takes. */
const UPKEEP_MS_MAX = 60_000;
/** Beyond the statement timeout, for a server that does not even answer that it stopped. */
const READ_GRACE_MS = 2_000;

/**
 * A write has no statement timeout, whatever the server's default: one that strikes while the commit waits for a synchronous
 * standby does not undo it, but reports it as done. Compiling a statement takes longer than most of them run.
 */
export const WRITE_SETTINGS = { statement_timeout: "0", lock_timeout: "0", jit: "off" };
/**
 * For what looks up some hundred rows among all there are, however few there were when the statement was planned: a plan is kept, and
 * a table that was empty then would be read whole for each of them.
 */
export const LOOKUP_SETTINGS = { ...WRITE_SETTINGS, enable_seqscan: "off" };

/** Whoever has the connection by now that was given up is somebody else. */
const STOP =
  "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2";

interface Pools {
  readonly writes: Connections;
  readonly reads: Connections;
  /** For what is done behind the appends. */
  readonly keeping: Connections;
}

/** `note`: of each new connection for reads. */
export function connectionsOf(
  servers: Servers,
  { readTimeoutMs, readConnections, onFailure }: StoreOptions,
  note: (client: Client) => Promise<Client>,
): Pools {
  const appending: Use = {
    server: "write",
    settings: LOOKUP_SETTINGS,
    name: "lyftr append",
    answerMsMax: APPEND_MS_MAX,
  };
  const upkeep: Use = {
    server: "write",
    settings: WRITE_SETTINGS,
    name: "lyftr upkeep",
    answerMsMax: UPKEEP_MS_MAX,
  };
  const reading: Use = {
    name: "lyftr read",
    server: "primary",
    settings: { statement_timeout: String(statementMs(readTimeoutMs)), jit: "off" },
    answerMsMax: readTimeoutMs + READ_GRACE_MS,
  };
  const from = (connect: () => Promise<Client>): ConnectionSource => ({
    connect,
    isCurrent: (client) => servers.leadsToServing(client),
    gaveUp(client, error) {
      servers.doubt();
      if (isUnanswered(error)) stop(client).catch((failure: unknown) => onFailure(asAppError(failure)));
    },
  });
  const reads = new Connections(
    from(async () => note(await servers.connect(reading))),
    { size: readConnections ?? READS_FLIGHT, waitingMax: READS_WAITING_MAX },
  );
  /**
   * A server that waits for its standby does not notice that nobody waits for its answer, and would keep one connection more for
   * each that was given up, until it has none left. Asked for by a read, which waits for no standby.
   */
  const stop = async (client: Client): Promise<void> => {
    const backend = servers.backendOf(client);
    if (backend === undefined) return;
    await reads.use((other) => other.query(STOP, [backend.pid, backend.started]));
  };
  return {
    writes: new Connections(
      from(() => servers.connect(appending)),
      { size: APPENDS_FLIGHT_MAX, waitingMax: APPENDS_WAITING_MAX },
    ),
    reads,
    keeping: new Connections(
      from(() => servers.connect(upkeep)),
      { size: 1, waitingMax: UPKEEP_WAITING_MAX },
    ),
  };
}

/** Of messages, reads and upkeep together. */
export function connectionsOfAProcess(readConnections = READS_FLIGHT): number {
  return APPENDS_FLIGHT_MAX + readConnections + 1;
}

/** 0 would be no limit at all. */
export function statementMs(timeoutMs: number): number {
  return Math.max(1, timeoutMs);
}
