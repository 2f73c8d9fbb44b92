/** The shapes of GET /conflicts, as schemas.ts has those of messages. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import { dateTime, messageId, messagesQuery } from "./schemas.ts";

export const conflictsQuery = {
  type: "object",
  additionalProperties: false,
  properties: {
    limit: messagesQuery.properties.limit,
    message_id: messageId,
    since: dateTime,
    cursor: { type: "string", description: "from a Link header" },
  },
} as const satisfies JSONSchema;
export type ConflictsQuery = FromSchema<typeof conflictsQuery>;

const HASH_OF = "SHA-256 in hex over `[from,to,ts,text]` as JSON without spaces,";

const conflict = {
  type: "object",
  title: "Conflict",
  additionalProperties: false,
  required: ["message_id", "first_seen", "last_seen", "times", "differs", "kept_sha256", "refused_sha256"],
  properties: {
    message_id: messageId,
    first_seen: { type: "string", format: "date-time", description: "When this content came first." },
    last_seen: { type: "string", format: "date-time", description: "And last." },
    times: { type: "integer", description: "How often it came." },
    differs: {
      type: "array",
      items: { type: "string", enum: ["from", "to", "ts", "text"] },
      description: "Where it differs from the message that is kept.",
    },
    kept_sha256: { type: "string", description: `${HASH_OF} of the message that is kept.` },
    refused_sha256: { type: "string", description: `${HASH_OF} of the one that came later.` },
  },
} as const satisfies JSONSchema;
export type Conflict = FromSchema<typeof conflict>;

export const conflicts = {
  type: "object",
  title: "Conflicts",
  additionalProperties: false,
  required: ["data"],
  properties: { data: { type: "array", items: conflict, description: "The one that came last first." } },
} as const satisfies JSONSchema;
export type ConflictsAnswer = FromSchema<typeof conflicts>;
