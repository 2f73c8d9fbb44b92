import type { Client } from "pg";
import { type RememberedTotals, rememberedTotals } from "./totals.ts";

/** A server that was started anew, or another that took over, may lack messages that were seen before. */
const SERVER = "SELECT pg_postmaster_start_time()::text AS started, inet_server_addr()::text AS address";

/** What is remembered, for each connection that of its server. */
export class TotalsByServer {
  readonly #of = new WeakMap<Client, RememberedTotals>();
  #server = "";
  #remembered = rememberedTotals();

  /** Before the first read on a connection, which is returned; ended when it is of no use. */
  async note(client: Client): Promise<Client> {
    const { rows } = await client.query(SERVER).catch((error: unknown) => {
      void client.end().catch(() => undefined);
      throw error;
    });
    const server = JSON.stringify(rows);
    if (server !== this.#server) this.#remembered = rememberedTotals();
    this.#server = server;
    this.#of.set(client, this.#remembered);
    return client;
  }

  of(client: Client): RememberedTotals {
    return this.#of.get(client) ?? rememberedTotals();
  }
}
