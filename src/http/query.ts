import { type AppError, invalidFields } from "../errors.ts";
import { parseInstant } from "../instant.ts";
import type { MessageFilter, PageRequest } from "../message.ts";
import { LIMIT_DEFAULT, type MessagesQuery, messagesQuery } from "../schemas.ts";
import { storableProblem } from "../storable.ts";
import { createValidator } from "../validate.ts";
import { decodeCursor } from "./cursor.ts";

/** An empty value of these narrows nothing, so that a form's blank fields can be sent as they are. */
const ABSENT_WHEN_EMPTY = new Set(["from", "to", "since", "until", "q"]);
const PARTIES = new Set(["from", "to"]);
const INTEGERS = new Set(["limit", "offset"]);

const validate = createValidator<MessagesQuery>(messagesQuery, "query");

export interface MessagesRequest {
  readonly filter: MessageFilter;
  readonly page: PageRequest;
}

/**
 * What a query string (without its `?`) asks of GET /messages.
 * Throws AppError `invalid` that names each wrong parameter.
 */
export function parseMessagesQuery(queryString: string): MessagesRequest {
  const query = validate(readParameters(queryString));
  if (query.cursor !== undefined && query.offset !== undefined) {
    throw invalidParameter("cursor", "cannot be combined with offset");
  }
  return {
    filter: {
      ...(query.from !== undefined && { from: query.from }),
      ...(query.to !== undefined && { to: query.to }),
      ...instantOf("since", query.since),
      ...instantOf("until", query.until),
      ...(query.q !== undefined && { q: query.q }),
    },
    page: {
      limit: query.limit ?? LIMIT_DEFAULT,
      offset: query.offset ?? 0,
      order: query.order ?? "asc",
      ...(query.cursor !== undefined && { after: decodeCursor(query.cursor) }),
    },
  };
}

/** The same query string with another cursor: what the `Link` header names. */
export function withCursor(queryString: string, cursor: string): string {
  const kept = queryString
    .split("&")
    .filter((pair) => pair !== "" && !/^(?:cursor|offset)(?:=|$)/.test(pair));
  return [...kept, `cursor=${cursor}`].join("&");
}

/** Decoded parameters by name, integers as numbers where they are well written. */
function readParameters(queryString: string): Record<string, string | number> {
  const parameters: Record<string, string | number> = {};
  for (const pair of queryString.split("&")) {
    if (pair === "") continue;
    const [rawName = "", ...rawValue] = pair.split("=");
    const name = decode(rawName, rawName);
    if (!Object.hasOwn(messagesQuery.properties, name)) throw unknownParameter(name);
    if (Object.hasOwn(parameters, name)) throw invalidParameter(name, "is given more than once");
    const value = readValue(name, rawValue.join("="));
    if (value === "" && ABSENT_WHEN_EMPTY.has(name)) continue;
    parameters[name] = INTEGERS.has(name) && /^\d+$/.test(value) ? Number(value) : value;
  }
  return parameters;
}

function readValue(name: string, raw: string): string {
  if (!PARTIES.has(name)) return decode(name, raw.replaceAll("+", " "));
  // In a sender or recipient a `+` means itself, encoded or not; and where something on the way
  // has already made it a space, the space before a telephone number is read as the `+` it was.
  return decode(name, raw).replace(/^ (?=\d{1,15}$)/, "+");
}

function decode(name: string, raw: string): string {
  let value: string;
  try {
    value = decodeURIComponent(raw);
  } catch {
    throw invalidParameter(name, "is not percent-encoded UTF-8");
  }
  const problem = storableProblem(value);
  if (problem !== null) throw invalidParameter(name, problem);
  return value;
}

function instantOf(name: "since" | "until", value: string | undefined): Partial<MessageFilter> {
  const instant = value === undefined ? null : parseInstant(value);
  return instant === null ? {} : { [name]: instant };
}

function unknownParameter(name: string): AppError {
  return invalidParameter(
    name,
    `is not a parameter; known are ${Object.keys(messagesQuery.properties).join(", ")}`,
  );
}

function invalidParameter(name: string, problem: string): AppError {
  return invalidFields([{ name, problem }]);
}
