/** Compares what the service holds with what it acknowledged, message by message. */
import type { Message } from "../../src/message.ts";
import type { Listed } from "../support/listing.ts";
import type { Connection } from "./connection.ts";
import { isSame, type Ledger } from "./ledger.ts";

/** Serials on a page, and the largest `limit` there is. Pages are cut by time, so that none has to be walked to. */
const PAGE = 100;
/** More than these would tell nothing new. */
const SHOWN_MAX = 10;

/** What broke, in words; empty when each message that was acknowledged is there once, with its content. */
export async function compareKept(
  connections: readonly Connection[],
  ledger: Ledger,
  { from, to }: { readonly from: number; readonly to: number },
  progress: (checked: number) => void = () => undefined,
): Promise<string[]> {
  const broken: string[] = [];
  let next = from;
  const compareNext = async (connection: Connection): Promise<void> => {
    while (next < to && broken.length < SHOWN_MAX) {
      const first = next;
      next = Math.min(first + PAGE, to);
      broken.push(...(await comparePage(connection, ledger, first, next)));
      progress(next - from);
    }
  };
  await Promise.all(connections.map(compareNext));
  return broken.slice(0, SHOWN_MAX);
}

async function comparePage(
  connection: Connection,
  ledger: Ledger,
  first: number,
  end: number,
): Promise<string[]> {
  const expected = Array.from({ length: end - first }, (_, index) => ledger.messageAt(first + index));
  // Times grow with the serials, by more than nothing.
  const window = `since=${expected[0]?.ts ?? ""}&until=${ledger.messageAt(end).ts}`;
  const { data, total } = await connection.json<Listed>(`/messages?${window}&limit=${PAGE}`);
  const listed = new Map<string, Message>(data.map((message) => [message.message_id, message]));
  const broken: string[] = [];
  if (listed.size !== data.length || total !== data.length)
    broken.push(`${window}: ${listed.size} ids on a page of ${data.length} with a total of ${total}`);
  for (const [index, message] of expected.entries()) {
    const kept = listed.get(message.message_id);
    listed.delete(message.message_id);
    if (isSame(kept, message)) continue;
    if (kept !== undefined) broken.push(`${message.message_id} is kept with other content`);
    else if (ledger.isAcknowledged(first + index))
      broken.push(`${message.message_id} was acknowledged and is not there`);
  }
  for (const id of listed.keys()) broken.push(`${id} is there and was never sent`);
  return broken;
}
