/** What erasures have left in the tables: rows that nobody is told of any more, until a vacuum removes them. */
import type { Client } from "pg";
import type { StoreOptions } from "../store.ts";
import { Queries } from "./queries.ts";
import { vacuumMessages } from "./vacuum.ts";
import { isSeen, waitForSnapshots } from "./waits.ts";

/** Whether a process that ended may have left some: by what the server counts, or where it has counted nothing since it crashed. */
const PERHAPS = `
  SELECT EXISTS (SELECT FROM erased) AND (
    pg_stat_get_dead_tuples(oid) > 0
    OR greatest(pg_stat_get_last_vacuum_time(oid), pg_stat_get_last_autovacuum_time(oid)) IS NULL
  ) AS perhaps FROM (SELECT 'messages'::regclass::oid AS oid) AS of`;

export class Remains {
  readonly #onHeldUp: StoreOptions["onHeldUp"];
  /** The last transaction that left some. */
  #xid: string | null = null;
  /** Some that nobody was told of. */
  #isNew = false;
  #isHeldUp = false;

  constructor(onHeldUp: StoreOptions["onHeldUp"]) {
    this.#onHeldUp = onHeldUp;
  }

  get areThere(): boolean {
    return this.#xid !== null;
  }

  /** The transaction has left some, and is committed. */
  leave(xid: string): void {
    this.#xid = xid;
    this.#isNew = true;
  }

  /** Removes them once nobody may see them any more. Who may for too long is told of, once; then they are left for a later call. */
  async remove(client: Client): Promise<void> {
    const xid = this.#xid;
    if (xid === null) return;
    const queries = new Queries(client);
    const isTold = this.#isHeldUp && !this.#isNew;
    const isFree = isTold ? !(await isSeen(queries, xid)) : await waitForSnapshots(queries, xid);
    if (isTold && !isFree) return;
    await vacuumMessages(client);
    if (isFree) this.#xid = null;
    if (!isFree || this.#isHeldUp) this.#onHeldUp?.(!isFree);
    this.#isHeldUp = !isFree;
    this.#isNew = false;
  }

  /** Likewise, and also what a process that ended may have left. */
  async removeAll(client: Client): Promise<void> {
    if (this.areThere) return this.remove(client);
    const found = await new Queries(client).row(PERHAPS);
    if (found?.["perhaps"] === true) await vacuumMessages(client);
  }
}
