import { positionOf } from "../matcher.ts";
import type { Message, Position } from "../message.ts";
import type { MoveReader, Range } from "../store/move.ts";

/**
 * Messages of one read, and the fewest of a batch that is not the last one: what a commit and a round trip cost is shared by
 * enough of them, and the largest texts of two batches are still only some 60 MB.
 */
const READ_MESSAGES = 1_000;

type Several<T> = Iterable<T> | AsyncIterable<T>;

/** The messages of the ranges, in batches of some thousand whatever the ranges' sizes. */
export async function* batchesOf(
  source: MoveReader,
  ranges: Several<Range>,
): AsyncGenerator<readonly Message[]> {
  let gathered: readonly Message[] = [];
  for await (const range of ranges) {
    for await (const page of pagesOf(source, range)) {
      gathered = gathered.length === 0 ? page : [...gathered, ...page];
      if (gathered.length < READ_MESSAGES) continue;
      yield gathered;
      gathered = [];
    }
  }
  if (gathered.length > 0) yield gathered;
}

async function* pagesOf(source: MoveReader, range: Range): AsyncGenerator<readonly Message[]> {
  let after: Position | null = null;
  for (;;) {
    const page: readonly Message[] = await source.inOrder(range, after, READ_MESSAGES);
    const last = page.at(-1);
    if (last !== undefined) yield page;
    if (last === undefined || page.length < READ_MESSAGES) return;
    after = positionOf(last);
  }
}

/** The same, and while one is used the next is read. */
export async function* readAhead<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  const readNext = (): Promise<IteratorResult<T, unknown>> => {
    const reading = items.next();
    // Its failure is told when it is its turn, and by then it must not count as unseen.
    reading.catch(() => undefined);
    return reading;
  };
  let next = readNext();
  try {
    for (let item = await next; item.done !== true; item = await next) {
      next = readNext();
      yield item.value;
    }
  } finally {
    await next.catch(() => undefined);
  }
}
