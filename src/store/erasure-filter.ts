import type { ErasureFilter } from "../message.ts";

/** Throws TypeError for a filter that names nobody, as every engine does: else it would match all there is. */
export function requireNamed({ message_id, from, to }: ErasureFilter): void {
  if ([message_id, from, to].some((each) => each !== undefined)) return;
  throw new TypeError("an erasure names neither a message nor a sender nor a recipient");
}
