import type { Instant, Position } from "../../message.ts";
import type { Criteria, Side } from "./criteria.ts";
import type { Values } from "./queries.ts";

/** What a row must be, and the values of its parameters. */
export interface Condition {
  readonly sql: string;
  readonly values: Values;
}

export type Order = "asc" | "desc";

export const ORDER_BY = {
  asc: "ts_seconds, ts_nanos, message_id",
  desc: "ts_seconds DESC, ts_nanos DESC, message_id DESC",
};

const INDEX = { sender: "messages_by_sender", recipient: "messages_by_recipient" };

/** The index that leads through the fewest messages, in the order of time. */
export function indexOf({ sides }: Criteria): string {
  return sides[0] === undefined ? "messages_in_order" : INDEX[sides[0].role];
}

export function allOf(...conditions: readonly (Condition | null)[]): Condition {
  const given = conditions.filter((condition) => condition !== null);
  return {
    sql: given.map(({ sql }) => sql).join(" AND ") || "TRUE",
    values: Object.assign({}, ...given.map(({ values }) => values)) as Values,
  };
}

/** All but the needle. */
export function withinOf({ sides, since, until }: Criteria): Condition {
  return allOf(...sides.map(sideIs), since ? atOrAfter(since) : null, until ? before(until) : null);
}

export function containsNeedle({ needle }: Criteria): Condition | null {
  return needle === undefined ? null : { sql: needle.contains, values: needle.values };
}

export function sideIs({ role, id }: Side): Condition {
  return { sql: `${role} = $${role}`, values: { [role]: id } };
}

export function atOrAfter({ seconds, nanos }: Instant, name = "since"): Condition {
  return {
    sql: `(ts_seconds, ts_nanos) >= ($${name}_seconds, $${name}_nanos)`,
    values: { [`${name}_seconds`]: seconds, [`${name}_nanos`]: nanos },
  };
}

export function before({ seconds, nanos }: Instant, name = "until"): Condition {
  return {
    sql: `(ts_seconds, ts_nanos) < ($${name}_seconds, $${name}_nanos)`,
    values: { [`${name}_seconds`]: seconds, [`${name}_nanos`]: nanos },
  };
}

/** Strictly behind the position, in the direction of the order. */
export function behind({ seconds, nanos, message_id }: Position, order: Order): Condition {
  return {
    sql: `(ts_seconds, ts_nanos, message_id) ${order === "asc" ? ">" : "<"} ($after_seconds, $after_nanos, $after_id)`,
    values: { after_seconds: seconds, after_nanos: nanos, after_id: message_id },
  };
}

/** Ids are given by arrival: those up to the last of a moment are what there was at that moment. */
export function arrived(above: number, upTo: number): Condition {
  return { sql: "messages.id > $above AND messages.id <= $up_to", values: { above, up_to: upTo } };
}
