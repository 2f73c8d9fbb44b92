import { AppError } from "../../../errors.ts";
import { shownUrl } from "../../../postgres-url.ts";
import { type CheckStep, Findings } from "../../check.ts";
import type { Use } from "../connection.ts";
import { asAppError, describeFailure, isDamage } from "../failure.ts";
import { Queries } from "../queries.ts";
import { requireInbox } from "../schema.ts";
import { Servers } from "../servers.ts";
import { type Check, checksOf } from "./checks.ts";
import { SESSION } from "./ways.ts";

/** For one statement that looks at every message: a few seconds for a million. Many more on a slow disk are not to be given up. */
const STATEMENT_MS_MAX = 3_600_000;

const USE: Use = { name: "lyftr check", server: "primary", settings: SESSION, answerMsMax: STATEMENT_MS_MAX };

/**
 * Recounts all that the database keeps, while services run on it or not. Nothing is written.
 * Throws AppError `cannot_start` that names the place and what to do, or `unavailable` when it cannot be read now.
 */
export async function* checkPostgresStore(url: string): AsyncGenerator<CheckStep, void> {
  const place = shownUrl(url);
  try {
    const client = await new Servers(url).connect(USE);
    try {
      const queries = new Queries(client);
      await requireInbox(queries, place);
      const checks = await checksOf(queries);
      for (const [index, check] of checks.entries()) {
        yield* stepsOf(check, queries, { name: check.name, number: index + 1, of: checks.length });
      }
    } finally {
      await client.end().catch(() => undefined);
    }
  } catch (error) {
    throw cannotRead(place, asAppError(error));
  }
}

async function* stepsOf(
  { run }: Check,
  queries: Queries,
  step: Pick<CheckStep, "name" | "number" | "of">,
): AsyncGenerator<CheckStep, void> {
  const found = new Findings();
  yield { ...step, share: 0, found: null };
  try {
    for await (const share of run(queries, found)) yield { ...step, share, found: null };
  } catch (error) {
    // What is too damaged to be counted differs; the others are counted.
    if (!isDamage(error)) throw error;
    await queries.rows("ROLLBACK");
    found.add({ what: `it cannot be counted: ${describeFailure(error)}` });
  }
  yield { ...step, share: 1, found };
}

function cannotRead(place: string, error: AppError): AppError {
  if (error.code !== "unavailable") return error;
  const reason = error.reason ?? error.message;
  return new AppError("unavailable", `${place} cannot be read now`, { reason, cause: error });
}
