/**
 * The shapes of the HTTP contract as JSON Schema (2020-12). Each is at once the validator (validate.ts), the type
 * (FromSchema) and its part of /openapi.json. A `description` that begins with "must be" is also what a sender
 * is told when a value breaks that schema.
 */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import { ROLES } from "./access.ts";
import { FRACTION_DIGITS_MAX } from "./instant.ts";
import { MESSAGE_ID_CHARACTERS_MAX, PARTY_CHARACTERS_MAX, TEXT_CHARACTERS_MAX } from "./message.ts";

const LIMIT_MAX = 100;
const LIMIT_DEFAULT = 50;
/** A search for more than this is a pasted document; the bound keeps every needle cheap to fold. */
const NEEDLE_CHARACTERS_MAX = 256;

const DATE_TIME_RULE =
  "must be an RFC 3339 date-time in UTC with T and Z, such as 2025-01-15T10:00:00Z, a real date, " +
  `with at most ${FRACTION_DIGITS_MAX} digits of a fraction`;

/** `format: date-time` is checked by parseInstant, which is stricter than the RFC; see validate.ts. */
export const dateTime = { type: "string", format: "date-time", description: DATE_TIME_RULE } as const;

export const messageId = {
  type: "string",
  minLength: 1,
  maxLength: MESSAGE_ID_CHARACTERS_MAX,
  description: `must be a string of 1 to ${MESSAGE_ID_CHARACTERS_MAX} characters`,
} as const;

const phoneNumber = {
  type: "string",
  pattern: "^\\+[0-9]{1,15}$",
  description: "must be a string of + and then 1 to 15 digits",
} as const;

const text = {
  type: ["string", "null"],
  maxLength: TEXT_CHARACTERS_MAX,
  description: `must be a string of at most ${TEXT_CHARACTERS_MAX} characters, or null`,
} as const;

export const party = {
  type: "string",
  minLength: 1,
  maxLength: PARTY_CHARACTERS_MAX,
  description: `must be a string of 1 to ${PARTY_CHARACTERS_MAX} characters`,
} as const;

/** What POST /webhook takes. Members it does not name are ignored. */
export const webhookBody = {
  type: "object",
  title: "WebhookMessage",
  description: "must be a JSON object. `from_` is read as another spelling of `from`. At most 64 KiB.",
  required: ["message_id", "from", "to", "ts"],
  properties: { message_id: messageId, from: phoneNumber, to: phoneNumber, ts: dateTime, text },
} as const satisfies JSONSchema;
export type WebhookBody = FromSchema<typeof webhookBody>;

export const message = {
  type: "object",
  title: "Message",
  required: ["message_id", "from", "to", "ts", "text"],
  properties: {
    message_id: messageId,
    from: party,
    to: party,
    ts: { ...dateTime, description: "As it was sent." },
    text,
  },
} as const satisfies JSONSchema;

/** What `lyftr import` takes: a message as any store may hold it. Members it does not name are ignored. */
export const importedMessage = {
  type: "object",
  description: "must be a JSON object",
  required: ["message_id", "from", "to", "ts"],
  properties: { message_id: messageId, from: party, to: party, ts: dateTime, text },
} as const satisfies JSONSchema;
export type ImportedMessage = FromSchema<typeof importedMessage>;

/** The parameters of GET /messages, after `from=+…` and empty values are dealt with (http/query.ts). */
export const messagesQuery = {
  type: "object",
  additionalProperties: false,
  properties: {
    limit: {
      type: "integer",
      minimum: 1,
      maximum: LIMIT_MAX,
      default: LIMIT_DEFAULT,
      description: `must be an integer from 1 to ${LIMIT_MAX}`,
    },
    offset: {
      type: "integer",
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      default: 0,
      description: `must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}`,
    },
    from: party,
    to: party,
    since: dateTime,
    until: dateTime,
    q: {
      type: "string",
      minLength: 1,
      maxLength: NEEDLE_CHARACTERS_MAX,
      description: `must be a string of at most ${NEEDLE_CHARACTERS_MAX} characters`,
    },
    order: { type: "string", enum: ["asc", "desc"], default: "asc", description: "must be asc or desc" },
    // What a cursor may be, decodeCursor alone knows.
    cursor: { type: "string", description: "from a Link header; not together with offset" },
  },
} as const satisfies JSONSchema;
export type MessagesQuery = FromSchema<typeof messagesQuery>;

const { from, to, since, until, q } = messagesQuery.properties;
/** Those of GET /messages/stream: the same filters. */
export const streamQuery = {
  type: "object",
  additionalProperties: false,
  properties: { from, to, since, until, q },
} as const satisfies JSONSchema;
export type StreamQuery = FromSchema<typeof streamQuery>;

export const page = {
  type: "object",
  title: "Page",
  required: ["data", "total", "limit", "offset"],
  properties: {
    data: { type: "array", items: message },
    total: { type: "integer", description: "All that match, whatever limit and offset." },
    limit: { type: "integer" },
    offset: { type: "integer", description: "As asked for; 0 with a cursor." },
  },
} as const satisfies JSONSchema;

/** What whoever asks may do. */
export const access = {
  type: "object",
  title: "Access",
  required: ["role", "token"],
  properties: {
    role: { type: "string", enum: ROLES },
    token: { type: ["string", "null"], description: "The name of the API token; null where none are set." },
  },
} as const satisfies JSONSchema;

/** The minimal problem of RFC 9457: what is wrong, and where, when several fields are. */
export const problem = {
  type: "object",
  title: "Problem",
  required: ["detail"],
  properties: {
    detail: { type: "string" },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["pointer", "detail"],
        properties: {
          pointer: { type: "string", description: "JSON Pointer to the field, `#/from`." },
          detail: { type: "string" },
        },
      },
    },
  },
} as const satisfies JSONSchema;

/** `{"status": word}`, for answers that say one word. */
export function statusOf(word: string) {
  return {
    type: "object",
    required: ["status"],
    properties: { status: { type: "string", enum: [word] } },
  } as const satisfies JSONSchema;
}
