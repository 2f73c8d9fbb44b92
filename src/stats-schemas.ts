/** The shapes of the figures, as schemas.ts has those of messages. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import { dateTime, party } from "./schemas.ts";

/** About 14 months of hours, and half a megabyte: more is no picture any more, and is asked for in parts. */
export const TIMELINE_BUCKETS_MAX = 10_000;

export const stats = {
  type: "object",
  title: "Stats",
  required: ["total_messages", "unique_senders", "top_senders", "first_message_ts", "last_message_ts"],
  properties: {
    total_messages: { type: "integer" },
    unique_senders: { type: "integer" },
    top_senders: {
      type: "array",
      maxItems: 10,
      description: "By count descending, then sender ascending.",
      items: {
        type: "object",
        required: ["from", "count"],
        properties: { from: party, count: { type: "integer" } },
      },
    },
    first_message_ts: {
      type: ["string", "null"],
      description: "As it was sent; null when there is no message.",
    },
    last_message_ts: { type: ["string", "null"] },
  },
} as const satisfies JSONSchema;

const bucket = {
  type: "string",
  enum: ["hour", "day"],
  default: "hour",
  description: "must be hour or day",
} as const;

/** The parameters of GET /stats/timeline, as messagesQuery has those of the list. */
export const timelineQuery = {
  type: "object",
  additionalProperties: false,
  properties: { bucket, since: dateTime, until: dateTime, from: party },
} as const satisfies JSONSchema;
export type TimelineQuery = FromSchema<typeof timelineQuery>;

export const timeline = {
  type: "object",
  title: "Timeline",
  required: ["bucket", "data"],
  properties: {
    bucket: { type: "string", enum: ["hour", "day"], description: "As asked for." },
    data: {
      type: "array",
      maxItems: TIMELINE_BUCKETS_MAX,
      description: "In the order of time; buckets without messages are left out.",
      items: {
        type: "object",
        required: ["start", "count"],
        properties: {
          start: {
            type: "string",
            format: "date-time",
            description: "The first moment of the bucket, which ends where the next hour or day begins.",
          },
          count: { type: "integer", minimum: 1, description: "Of those of the bucket that match." },
        },
      },
    },
  },
} as const satisfies JSONSchema;
export type Timeline = FromSchema<typeof timeline>;
