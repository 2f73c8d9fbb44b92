/** Query strings as every route reads them: each parameter at most once, well encoded, by a name that the route knows. */
import type { Failure } from "../errors.ts";
import { parseInstant } from "../instant.ts";
import type { MessageFilter } from "../message.ts";
import { storableProblem } from "../storable.ts";

/** An empty value of these says nothing, so that a form's blank fields can be sent as they are. */
const ABSENT_WHEN_EMPTY = new Set(["from", "to", "since", "until", "q", "bucket", "message_id"]);
const PARTIES = new Set(["from", "to"]);
const INTEGERS = new Set(["limit", "offset"]);

/** Decoded, by name; integers as numbers where they are well written. */
export type Parameters = Record<string, string | number>;

/** The parameters of a query string (without its `?`), of those that are `known`. What is wrong goes to `failures`. */
export function readParameters(queryString: string, known: object, failures: Failure[]): Parameters {
  const parameters: Parameters = {};
  const seen = new Set<string>();
  for (const pair of queryString.split("&")) {
    if (pair === "") continue;
    const [rawName = "", ...rawValue] = pair.split("=");
    const name = decode(rawName).value ?? rawName;
    const { value, problem } = readValue(name, rawValue.join("="), known, seen);
    seen.add(name);
    if (problem !== undefined) failures.push({ name, problem });
    if (value === undefined || (value === "" && ABSENT_WHEN_EMPTY.has(name))) continue;
    parameters[name] = INTEGERS.has(name) && /^(?:0|[1-9]\d*)$/.test(value) ? Number(value) : value;
  }
  return parameters;
}

type Decoded =
  { readonly value: string; readonly problem?: never } | { readonly value?: never; readonly problem: string };

function readValue(name: string, raw: string, known: object, seen: ReadonlySet<string>): Decoded {
  if (!Object.hasOwn(known, name)) {
    return { problem: `is not a parameter; known are ${Object.keys(known).join(", ")}` };
  }
  if (seen.has(name)) return { problem: "is given more than once" };
  if (!PARTIES.has(name)) return decode(raw.replaceAll("+", " "));
  // In a sender or recipient a `+` means itself, encoded or not; and where something on the way
  // has already made it a space, the space before a telephone number is read as the `+` it was.
  const { value, problem } = decode(raw);
  return problem === undefined ? { value: value.replace(/^ (?=\d{1,15}$)/, "+") } : { problem };
}

function decode(raw: string): Decoded {
  let value: string;
  try {
    value = decodeURIComponent(raw);
  } catch {
    return { problem: "is not percent-encoded UTF-8" };
  }
  const problem = storableProblem(value);
  return problem === null ? { value } : { problem };
}

/** The filter that parameters spell, once they are known to fit their schema. */
export function filterOf(
  parameters: Partial<Record<keyof MessageFilter, string | undefined>>,
): MessageFilter {
  const { from, to, since, until, q } = parameters;
  return {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...instantOf("since", since),
    ...instantOf("until", until),
    ...(q !== undefined && { q }),
  };
}

function instantOf(name: "since" | "until", value: string | undefined): Partial<MessageFilter> {
  const instant = value === undefined ? null : parseInstant(value);
  return instant === null ? {} : { [name]: instant };
}
