/** Reads and writes at once, on a copy of the largest file, since that adds messages to it. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { runBurst } from "../ingest/burst.ts";
import { signedRequest } from "../ingest/load.ts";
import type { Candidate } from "../ingest/candidate.ts";
import type { Engine } from "../ingest/candidates.ts";
import { Client } from "./client.ts";
import type { Load } from "./load.ts";
import { hitsOf } from "./needles.ts";
import { listPath, type Question } from "./question.ts";
import { measureReaders, type ReadersFigures, type Rounds, WEBHOOKS_PER_SECOND } from "./readers.ts";
import { copyOf, SECRET, startOn } from "./servers.ts";
import { AFTER_NEW_MS_MAX } from "./targets.ts";
import { medianOf, round } from "./timing.ts";

const NEW_MESSAGES = 1_000;

interface AfterNewFigures {
  readonly new_messages: number;
  readonly ms: number;
  readonly target_ms: number;
  readonly met: boolean;
}

export interface Disturbance {
  readonly readers: ReadersFigures;
  /** The exact total of a quarter of all, asked again. */
  readonly total_after_new_messages: AfterNewFigures;
}

/** `file`: of the engine, which nobody has open. `worst`: the question that takes the longest. */
export async function measureDisturbance(
  engine: Engine,
  file: string,
  load: Load,
  worst: Question,
  rounds: Rounds,
): Promise<Disturbance> {
  const folder = mkdtempSync(join(dirname(file), "copy-"));
  // A database server may run as a user of its own.
  chmodSync(folder, 0o711);
  const copy = join(folder, "copy");
  await copyOf(engine, file, copy);
  const server = await startOn(engine, copy);
  try {
    const total_after_new_messages = await measureAfterNew(server, load);
    const webhooks = (rounds.rounds * 2 + 1) * Math.ceil(rounds.seconds * WEBHOOKS_PER_SECOND);
    const requests = arriving(load, NEW_MESSAGES, webhooks);
    const readers = await measureReaders(server, rounds, worst.name, worst.unasked?.() ?? [], requests);
    return { readers, total_after_new_messages };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

/** An answer that is remembered has to take in what came since: it may count that, and not all again. */
async function measureAfterNew(server: Candidate, load: Load): Promise<AfterNewFigures> {
  const client = new Client(server.port);
  const paths = load.needles.frequent.map(({ needle }) => listPath({ q: needle, limit: 1 }));
  for (const path of paths) await client.get(path);
  await runBurst({ ports: server.ports, connections: 8, seconds: 60 }, arriving(load, 0, NEW_MESSAGES));
  // Until they are indexed a read waits, which bench:start measures.
  await server.settle();
  const times: number[] = [];
  for (const [index, planted] of load.needles.frequent.entries()) {
    const { ms, status, body } = await client.get(paths[index] ?? "");
    const expected = hitsOf(planted, load.messages + NEW_MESSAGES);
    if (status === 200 && !body.includes(`"total":${expected},`))
      throw new Error(
        `${expected} match ${paths[index]} after ${NEW_MESSAGES} new messages; answered: ${body}`,
      );
    times.push(status === 200 ? ms : Number.POSITIVE_INFINITY);
  }
  client.close();
  const ms = round(medianOf(times) ?? Number.NaN);
  return { new_messages: NEW_MESSAGES, ms, target_ms: AFTER_NEW_MS_MAX, met: ms <= AFTER_NEW_MS_MAX };
}

/** Webhooks with the messages that come after those of the file and `behind` more. */
function arriving({ messages, message }: Load, behind: number, count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) =>
    signedRequest(message(messages + behind + index), SECRET),
  );
}
