import { parseInstant } from "../instant.ts";
import type { Instant, MessageFilter } from "../message.ts";
import { dateTime } from "../schemas.ts";
import { storableProblem } from "../storable.ts";
import { CommandError, EXIT } from "./exit.ts";

/** The members of a filter, as GET /messages takes them. */
export const FILTER_NAMES = ["from", "to", "since", "until", "q"] as const;
export type FilterFlags = { readonly [name in (typeof FILTER_NAMES)[number]]?: string };

/** The flags of these names as a query string, for the service to judge. */
export function queryOf<Name extends string>(
  flags: { readonly [name in Name]?: string },
  names: readonly Name[],
): string {
  const query = new URLSearchParams();
  for (const name of names) if (flags[name] !== undefined) query.set(name, flags[name]);
  // URLSearchParams writes a space as `+`, which in a sender would be read as a plus.
  return query.toString().replaceAll("+", "%20");
}

/** Throws CommandError that names the flag which is wrong. */
export function filterOf({ from, to, since, until, q }: FilterFlags): MessageFilter {
  for (const [name, value] of Object.entries({ from, to, q })) {
    const problem = value === "" ? "is empty" : storableProblem(value ?? "");
    if (problem !== null) throw new CommandError(EXIT.usage, `--${name} ${problem}`);
  }
  return {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(since !== undefined && { since: instantOf("--since", since) }),
    ...(until !== undefined && { until: instantOf("--until", until) }),
    ...(q !== undefined && { q }),
  };
}

function instantOf(flag: string, value: string): Instant {
  const instant = parseInstant(value);
  if (instant === null) throw new CommandError(EXIT.usage, `${flag} ${dateTime.description}`);
  return instant;
}
