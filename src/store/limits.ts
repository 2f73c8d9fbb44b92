import { parseInstant } from "../instant.ts";
import {
  MESSAGE_ID_CHARACTERS_MAX,
  type Message,
  PARTY_CHARACTERS_MAX,
  TEXT_CHARACTERS_MAX,
} from "../message.ts";

/** Whether a message is within the limits of message.ts. What is not, every engine refuses alone. */
export function isStorable({ message_id, from, to, ts, text }: Message): boolean {
  return (
    hasCharacters(message_id, 1, MESSAGE_ID_CHARACTERS_MAX) &&
    hasCharacters(from, 1, PARTY_CHARACTERS_MAX) &&
    hasCharacters(to, 1, PARTY_CHARACTERS_MAX) &&
    (text === null || hasCharacters(text, 0, TEXT_CHARACTERS_MAX)) &&
    parseInstant(ts) !== null
  );
}

/** Counts code points only where UTF-16 units, of which a code point has one or two, leave it open. */
function hasCharacters(text: string, min: number, max: number): boolean {
  if (text.length < min || text.length > 2 * max) return false;
  return text.length <= max || Array.from(text).length <= max;
}
