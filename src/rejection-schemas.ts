/** The shapes of GET /rejections, as schemas.ts has those of messages. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import { messagesQuery } from "./schemas.ts";

export const rejectionsQuery = {
  type: "object",
  additionalProperties: false,
  properties: { limit: messagesQuery.properties.limit },
} as const satisfies JSONSchema;
export type RejectionsQuery = FromSchema<typeof rejectionsQuery>;

/** The cause where there were too many to look into all of them: nothing is known of it then. */
export const NOT_LOOKED_INTO = "not looked into: too many within a second";

const rejection = {
  type: "object",
  title: "Rejection",
  additionalProperties: false,
  required: [
    "at",
    "request_id",
    "address",
    "status",
    "reason",
    "cause",
    "message_id",
    "body_bytes",
    "body_sha256",
  ],
  properties: {
    at: { type: "string", format: "date-time", description: "When it was answered." },
    request_id: { type: "string", description: "As in the log and in `X-Request-ID`." },
    address: { type: "string", description: "Where the connection came from." },
    status: { type: "integer" },
    reason: { type: "string", description: "What the log says as well." },
    cause: {
      type: ["string", "null"],
      description: "Of a wrong signature: what the sender seems to do; null where nothing is known.",
    },
    message_id: { type: ["string", "null"], description: "Null where it was refused before it was read." },
    body_bytes: { type: ["integer", "null"], description: "Null where the body was not read whole." },
    body_sha256: { type: ["string", "null"], description: "In hex, to compare with what the sender sent." },
  },
} as const satisfies JSONSchema;
export type Rejection = Readonly<FromSchema<typeof rejection>>;

export const rejections = {
  type: "object",
  title: "Rejections",
  required: ["data", "total"],
  properties: {
    data: { type: "array", items: rejection, description: "The last one first." },
    total: { type: "integer", description: "How many are kept." },
  },
} as const satisfies JSONSchema;
export type RejectionsAnswer = FromSchema<typeof rejections>;
