/** The books of a soak: what the service says it has and has done, beside what its senders know. */
import { isDeepStrictEqual } from "node:util";
import type { Stats } from "../../src/message.ts";
import { webhookResults } from "../support/figures.ts";
import type { Listed } from "../support/listing.ts";
import type { Connection } from "./connection.ts";
import { compareKept } from "./kept.ts";
import type { Traffic } from "./traffic.ts";

/** What does not agree, in words; empty when everything does. */
export async function balance(
  url: string,
  connections: readonly Connection[],
  { ledger, results }: Traffic,
  tell: (doing: string) => void,
): Promise<string[]> {
  const connection = connections[0] as Connection;
  const broken: string[] = [];
  const expect = (what: string, said: unknown, known: unknown): void => {
    if (!isDeepStrictEqual(said, known))
      broken.push(`${what} says ${JSON.stringify(said)}; the senders know of ${JSON.stringify(known)}`);
  };
  tell("comparing the counts");
  expect("/stats", await connection.json<Stats>("/stats"), ledger.stats());
  expect("webhook_requests_total", await webhookResults(url), results);
  const totalOf = async (query: string): Promise<number> =>
    (await connection.json<Listed>(`/messages?limit=1${query}`)).total;
  expect("the total of the list", await totalOf(""), ledger.acknowledged);
  for (const [from, count] of ledger.bySender)
    expect(`the total of from=${from}`, await totalOf(`&from=${from}`), count);

  const whole = { from: 0, to: ledger.sent };
  const tellChecked = (checked: number): void => tell(`compared ${checked} of ${ledger.sent} messages`);
  return [...broken, ...(await compareKept(connections, ledger, whole, tellChecked))];
}
