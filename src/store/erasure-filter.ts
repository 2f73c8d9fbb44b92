import { ERASED_MESSAGES_MAX, type ErasureFilter } from "../message.ts";

/** Throws TypeError for a filter that names nobody, which would match all there is, or too many, as every engine does. */
export function requireNamed({ message_ids, from, to }: ErasureFilter): void {
  if ([message_ids, from, to].every((each) => each === undefined) || message_ids?.length === 0)
    throw new TypeError("an erasure names neither a message nor a sender nor a recipient");
  if (message_ids !== undefined && message_ids.length > ERASED_MESSAGES_MAX)
    throw new TypeError(`an erasure names ${message_ids.length} messages, more than ${ERASED_MESSAGES_MAX}`);
}
