import type { Message } from "../message.ts";
import { oneLine } from "./one-line.ts";

/** Characters of a text or id that a line shows; --json has all of it. */
const TEXT_SHOWN_MAX = 60;
const ID_SHOWN_MAX = 36;

/** A message as one line of a terminal shows it: time, from, to, id, text. */
export function cellsOf({ message_id, from, to, ts, text }: Message): string[] {
  const shown = text === null ? "" : oneLine(text, TEXT_SHOWN_MAX);
  return [ts, from, to, oneLine(message_id, ID_SHOWN_MAX), shown];
}
