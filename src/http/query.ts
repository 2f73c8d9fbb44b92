import { type Failure, invalidFields } from "../errors.ts";
import { parseInstant } from "../instant.ts";
import type { MessageFilter, PageRequest, Position } from "../message.ts";
import { type MessagesQuery, messagesQuery } from "../schemas.ts";
import { storableProblem } from "../storable.ts";
import { createValidator } from "../validate.ts";
import { decodeCursor } from "./cursor.ts";

/** An empty value of these narrows nothing, so that a form's blank fields can be sent as they are. */
const ABSENT_WHEN_EMPTY = new Set(["from", "to", "since", "until", "q"]);
const PARTIES = new Set(["from", "to"]);
const INTEGERS = new Set(["limit", "offset"]);

const validate = createValidator<MessagesQuery>(messagesQuery, "query");

/** Decoded, by name; integers as numbers where they are well written. */
type Parameters = Record<string, string | number>;

export interface MessagesRequest {
  readonly filter: MessageFilter;
  readonly page: PageRequest;
}

/**
 * What a query string (without its `?`) asks of GET /messages.
 * Throws AppError `invalid` that names each wrong parameter.
 */
export function parseMessagesQuery(queryString: string): MessagesRequest {
  const failures: Failure[] = [];
  const parameters = readParameters(queryString, failures);
  const after = readCursor(parameters, failures);
  const query = validate(parameters, failures);
  if (query === null || failures.length > 0) throw invalidFields(failures);
  return {
    filter: {
      ...(query.from !== undefined && { from: query.from }),
      ...(query.to !== undefined && { to: query.to }),
      ...instantOf("since", query.since),
      ...instantOf("until", query.until),
      ...(query.q !== undefined && { q: query.q }),
    },
    page: {
      limit: query.limit,
      offset: query.offset,
      order: query.order,
      ...(after && { after }),
    },
  };
}

/** The same query string with another cursor: what the `Link` header names. */
export function withCursor(queryString: string, cursor: string): string {
  const kept = queryString.split("&").filter((pair) => {
    const name = decodeURIComponent(pair.split("=", 1)[0] ?? "");
    return name !== "" && name !== "cursor" && name !== "offset";
  });
  return [...kept, `cursor=${cursor}`].join("&");
}

/** The parameters of a query string. What is wrong goes to `failures`. */
function readParameters(queryString: string, failures: Failure[]): Parameters {
  const parameters: Parameters = {};
  const seen = new Set<string>();
  for (const pair of queryString.split("&")) {
    if (pair === "") continue;
    const [rawName = "", ...rawValue] = pair.split("=");
    const name = decode(rawName).value ?? rawName;
    const { value, problem } = readValue(name, rawValue.join("="), seen);
    seen.add(name);
    if (problem !== undefined) failures.push({ name, problem });
    if (value === undefined || (value === "" && ABSENT_WHEN_EMPTY.has(name))) continue;
    parameters[name] = INTEGERS.has(name) && /^(?:0|[1-9]\d*)$/.test(value) ? Number(value) : value;
  }
  return parameters;
}

type Decoded =
  { readonly value: string; readonly problem?: never } | { readonly value?: never; readonly problem: string };

function readValue(name: string, raw: string, seen: ReadonlySet<string>): Decoded {
  if (!Object.hasOwn(messagesQuery.properties, name)) {
    return { problem: `is not a parameter; known are ${Object.keys(messagesQuery.properties).join(", ")}` };
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

/** The position of the `cursor`; undefined without one. What is wrong goes to `failures`. */
function readCursor({ cursor, offset }: Readonly<Parameters>, failures: Failure[]): Position | undefined {
  if (cursor === undefined) return undefined;
  if (offset !== undefined) failures.push({ name: "cursor", problem: "cannot be combined with offset" });
  const position = decodeCursor(String(cursor));
  if (position === null) failures.push({ name: "cursor", problem: "must be a cursor from a Link header" });
  return position ?? undefined;
}

function instantOf(name: "since" | "until", value: string | undefined): Partial<MessageFilter> {
  const instant = value === undefined ? null : parseInstant(value);
  return instant === null ? {} : { [name]: instant };
}
