/** One look at the service: each part of it is there or says why not, so that one that fails hides no other. */
import type { ConflictsAnswer } from "../../../src/conflict-schemas.ts";
import type { RejectionsAnswer } from "../../../src/rejection-schemas.ts";
import { type Answer, get, getText } from "../../api.ts";
import { Failure } from "../../failure.ts";
import { parsePrometheus } from "./prometheus.ts";
import type { Metered } from "./rates.ts";

interface Part<T> {
  readonly body?: T;
  readonly failure?: Failure;
}

export type ConflictsPage = ConflictsAnswer & { readonly hasMore: boolean };

export interface Look {
  /** Its failure says why messages are not taken. */
  readonly ready: Part<unknown>;
  readonly metered: Part<Metered>;
  readonly rejections: Part<RejectionsAnswer>;
  readonly conflicts: Part<ConflictsPage>;
}

/** How many of the last ones are listed. */
export interface Limits {
  readonly rejections: number;
  readonly conflicts: number;
}

export async function look(limits: Limits, signal: AbortSignal): Promise<Look> {
  const [ready, metered, rejections, conflicts] = await Promise.all([
    partOf(get("health/ready", {}, signal), ({ body }) => body),
    partOf(getText("metrics", {}, signal), ({ body }) => ({
      atMs: performance.now(),
      samples: parsePrometheus(body),
    })),
    partOf(
      get<RejectionsAnswer>("rejections", { limit: String(limits.rejections) }, signal),
      ({ body }) => body,
    ),
    partOf(
      get<ConflictsAnswer>("conflicts", { limit: String(limits.conflicts) }, signal),
      ({ body, headers }) => ({
        ...body,
        hasMore: headers.has("link"),
      }),
    ),
  ]);
  return { ready, metered, rejections, conflicts };
}

/** The metrics need no store: where they are not to be had either, nobody is there to answer. */
export function isAway({ ready, metered }: Look): boolean {
  return ready.failure !== undefined && metered.failure?.kind === "unavailable";
}

/** What is wrong with the parts, each once; not that messages are not taken, and not that nobody answers. */
export function failuresOf(seen: Look): readonly Failure[] {
  if (isAway(seen)) return [];
  const failures = [seen.metered, seen.rejections, seen.conflicts].flatMap(({ failure }) => failure ?? []);
  return failures.filter(
    ({ message }, index) => failures.findIndex((one) => one.message === message) === index,
  );
}

async function partOf<T, P>(asked: Promise<Answer<T>>, of: (answer: Answer<T>) => P): Promise<Part<P>> {
  try {
    return { body: of(await asked) };
  } catch (error) {
    if (error instanceof Failure) return { failure: error };
    throw error;
  }
}
