/** Where in time two inboxes differ, by the counts that both keep: equal days and hours are passed over at the cost of a row. */
import { ALL_TIME, type MoveReader, type Range } from "../store/move.ts";
import { DAY_SECONDS, PERIOD_SECONDS } from "../store/periods.ts";

/** A stretch of time in which the source has messages. */
interface Part extends Range {
  readonly differs: boolean;
}

/** Messages that the source has and the target has not, as far as the days tell: at least so many. */
export async function countMissing(source: MoveReader, target: MoveReader): Promise<number> {
  const [days, kept] = await bothSides(source, target, DAY_SECONDS, ALL_TIME);
  return days.reduce((sum, { start, messages }) => sum + Math.max(0, messages - (kept.get(start) ?? 0)), 0);
}

/** All messages of an inbox. */
export async function countAll(reader: MoveReader): Promise<number> {
  const days = await reader.periods(DAY_SECONDS, ALL_TIME);
  return days.reduce((sum, { messages }) => sum + messages, 0);
}

/**
 * In order of time, the stretches in which the counts differ: minutes, or all of a longer period of which the target has nothing.
 * Those between which the source has no others are one, so that they are read together.
 */
export async function* differingStretches(source: MoveReader, target: MoveReader): AsyncGenerator<Range> {
  let open: Range | undefined;
  for await (const { since, until, differs } of parts(source, target, PERIOD_SECONDS, ALL_TIME)) {
    if (differs) {
      open = { since: open?.since ?? since, until };
    } else if (open !== undefined) {
      yield open;
      open = undefined;
    }
  }
  if (open !== undefined) yield open;
}

/** From the widest periods of the range to the narrowest that are needed to tell. */
async function* parts(
  source: MoveReader,
  target: MoveReader,
  [width, ...narrower]: readonly number[],
  range: Range,
): AsyncGenerator<Part> {
  if (width === undefined) return;
  const [periods, kept] = await bothSides(source, target, width, range);
  for (const { start, messages } of periods) {
    const there = kept.get(start) ?? 0;
    const part = { since: start, until: start + width };
    if (there === messages || there === 0 || narrower.length === 0)
      yield { ...part, differs: there !== messages };
    else yield* parts(source, target, narrower, part);
  }
}

async function bothSides(source: MoveReader, target: MoveReader, width: number, range: Range) {
  const [periods, kept] = await Promise.all([source.periods(width, range), target.periods(width, range)]);
  return [periods, new Map(kept.map(({ start, messages }) => [start, messages]))] as const;
}
