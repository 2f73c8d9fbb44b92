/**
 * Three processes on one database: each id is sent to all of them at the same moment, and exactly one creates it. In some rounds
 * one of them is killed meanwhile; what it left unanswered is sent to another, as behind a proxy.
 */
import { join } from "node:path";
import { askDatabase } from "../../support/ask-database.ts";
import { letServersIn, startPostgresServer } from "../../support/postgres-server.ts";
import type { Proof, ProofOptions, ProofResult } from "../proof.ts";
import { withLifetime } from "../service.ts";
import { Crowd, IDS_A_ROUND, PROCESSES } from "./crowd.ts";
import { differencesOf } from "../../support/differences.ts";

/** As many as the listing walks through. */
const ROUNDS_ON_SAME_DATABASE = 20;

async function run(options: ProofOptions): Promise<ProofResult> {
  const { rounds, folder } = options;
  const broken: string[] = [];
  const figures = { processes: PROCESSES, kills: 0 };
  let acknowledged = 0;
  letServersIn(folder);
  await withLifetime(async (lifetime) => {
    const server = await startPostgresServer(join(folder, "server"));
    lifetime.after(() => server.stop("end"));
    for (let first = 0; first < rounds; first += ROUNDS_ON_SAME_DATABASE) {
      await askDatabase(server.urlOf("postgres"), `CREATE DATABASE crowd_${first}`);
      const url = server.urlOf(`crowd_${first}`);
      const crowd = new Crowd(options, url, lifetime);
      await crowd.start();
      const end = Math.min(first + ROUNDS_ON_SAME_DATABASE, rounds);
      for (let number = first; number < end; number += 1) await crowd.round(number);
      await crowd.compare();
      await crowd.stop();
      broken.push(...(await differencesOf(url)));
      acknowledged += (end - first) * IDS_A_ROUND;
      figures.kills += crowd.kills;
    }
    if (/deadlock/i.test(server.log())) broken.push("the server met a deadlock");
  });
  return { rounds, acknowledged, broken, figures };
}

export const processesProof: Proof = {
  name: "processes",
  promise:
    "of an id sent to three processes at the same moment exactly one is created; none waits in a circle",
  rounds: 40,
  run,
};
