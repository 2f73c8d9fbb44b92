import { eventually } from "./eventually.ts";

/** Resolves once `isTrue` says so: for what no event tells. `what` says in the failure what never came about. */
export async function until(what: string, isTrue: () => boolean): Promise<void> {
  await eventually(what, () => isTrue() || undefined);
}
