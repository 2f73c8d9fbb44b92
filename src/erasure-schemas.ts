/** The shapes of erasing over HTTP, as schemas.ts has those of the rest. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import { dateTime, party } from "./schemas.ts";

/** The parameters of DELETE /messages. That `from` or `to` is there, http/query.ts sees to. */
export const erasureQuery = {
  type: "object",
  additionalProperties: false,
  properties: { from: party, to: party, since: dateTime, until: dateTime },
} as const satisfies JSONSchema;
export type ErasureQuery = FromSchema<typeof erasureQuery>;

/** What was erased, for who has to prove it. */
export const receipt = {
  type: "object",
  title: "Receipt",
  required: ["status", "messages", "conflicts", "erased_at"],
  properties: {
    status: { type: "string", enum: ["erased"] },
    messages: { type: "integer", description: "How many messages were erased." },
    conflicts: { type: "integer", description: "How many records of conflicts went with them." },
    erased_at: { ...dateTime, description: "When the last of them was gone, by the service's clock." },
  },
} as const satisfies JSONSchema;
export type Receipt = FromSchema<typeof receipt>;
