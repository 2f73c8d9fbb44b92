/**
 * `works_with` of lyftr_schema is the oldest schema whose program can still write and read here; a migration that such a program
 * does not get along with raises it. Programs that already run have to notice, so what they store, count and read asks for it in the
 * same round trip: there is no moment between the question and what is done.
 */
import { AppError } from "../../errors.ts";

/** At the moment of the statement that it stands in. */
export const WORKS_WITH = "(SELECT works_with FROM lyftr_schema)";

/** What WORKS_WITH told. Throws AppError `unavailable` when this program is too old for the schema. */
export function requireWorksWith(worksWith: unknown, known: number): void {
  if (Number(worksWith) <= known) return;
  const reason = `the schema works with lyftr of schema ${Number(worksWith)} and newer, not with ${known}: run a newer lyftr`;
  throw new AppError("unavailable", "the store is not available now", { reason });
}
