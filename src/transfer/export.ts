/** Every message, or those of a filter, in order, as a file's bytes. */
import { matcherOf, positionOf } from "../matcher.ts";
import type { Message, MessageFilter, Position } from "../message.ts";
import { readAhead } from "../move/batches.ts";
import { ALL_TIME, type MoveReader, type Range } from "../store/move.ts";
import { HOUR_SECONDS, startOf } from "../store/periods.ts";
import type { Format } from "./format.ts";

/** Of one read: what that costs is shared by enough of them, and no service waits long for it. */
const READ_MESSAGES = 2_000;

interface Exported {
  /** That were written, and that were looked at. */
  readonly written: number;
  readonly read: number;
}

/** One read's worth. */
export interface ExportedPage extends Exported {
  readonly bytes: Buffer;
}

/**
 * The pages behind a position. All that was acknowledged before the first is asked for is in them, and of what arrives meanwhile
 * that which lies behind the page that is just read.
 */
export async function* exportPages(
  reader: MoveReader,
  format: Format,
  filter: MessageFilter,
  after: Position | null,
): AsyncGenerator<ExportedPage> {
  await reader.settled();
  const isAsked = matcherOf(filter);
  for await (const page of readAhead(pagesBehind(reader, rangeOf(filter), after))) {
    const found = page.filter(isAsked);
    yield { bytes: Buffer.from(found.map(format.write).join("")), written: found.length, read: page.length };
  }
}

/** How many messages have to be looked at: as many as are kept in those hours. */
export async function countToRead(
  reader: MoveReader,
  filter: MessageFilter,
  after: Position | null,
): Promise<number> {
  const { since, until } = rangeOf(filter);
  const from = startOf(Math.max(since, after?.seconds ?? since), HOUR_SECONDS);
  const periods = await reader.periods(HOUR_SECONDS, { since: from, until });
  return periods.reduce((sum, { messages }) => sum + messages, 0);
}

async function* pagesBehind(
  reader: MoveReader,
  range: Range,
  from: Position | null,
): AsyncGenerator<readonly Message[]> {
  let after = from;
  for (;;) {
    const page: readonly Message[] = await reader.inOrder(range, after, READ_MESSAGES);
    const last = page.at(-1);
    if (last !== undefined) yield page;
    if (last === undefined || page.length < READ_MESSAGES) return;
    after = positionOf(last);
  }
}

/** In whole seconds, and no smaller than what is asked for. */
function rangeOf({ since, until }: MessageFilter): Range {
  return {
    since: since?.seconds ?? ALL_TIME.since,
    until: until === undefined ? ALL_TIME.until : until.seconds + 1,
  };
}
