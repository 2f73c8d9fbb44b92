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

export function sideIs({ role, name }: Side): Condition {
  return { sql: `${role} = $${role}`, values: { [role]: name } };
}

/** Said twice, here and below: of a range of rows PostgreSQL cannot estimate how many there are, of a range of seconds it can. */
export function atOrAfter({ seconds, nanos }: Instant, name = "since"): Condition {
  return {
    sql: `ts_seconds >= $${name}_seconds AND (ts_seconds, ts_nanos) >= ($${name}_seconds, $${name}_nanos)`,
    values: { [`${name}_seconds`]: seconds, [`${name}_nanos`]: nanos },
  };
}

export function before({ seconds, nanos }: Instant, name = "until"): Condition {
  return {
    sql: `ts_seconds <= $${name}_seconds AND (ts_seconds, ts_nanos) < ($${name}_seconds, $${name}_nanos)`,
    values: { [`${name}_seconds`]: seconds, [`${name}_nanos`]: nanos },
  };
}

/**
 * Strictly behind the position, in the direction of the order. Said twice: the indexes of one party do not hold the id, and are
 * led by the instant alone.
 */
export function behind({ seconds, nanos, message_id }: Position, order: Order): Condition {
  const than = order === "asc" ? ">" : "<";
  return {
    sql: `(ts_seconds, ts_nanos) ${than}= ($after_seconds, $after_nanos)
      AND (ts_seconds, ts_nanos, message_id) ${than} ($after_seconds, $after_nanos, $after_id)`,
    values: { after_seconds: seconds, after_nanos: nanos, after_id: message_id },
  };
}
