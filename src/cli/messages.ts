import { Command, Option } from "commander";
import { getBorderCharacters, table } from "table";
import { readClientConfig, readEnvironment } from "../config.ts";
import type { Message } from "../message.ts";
import { getJson, printable } from "./client.ts";
import { oneLine } from "./one-line.ts";

/** Characters of a text or id that the table shows; --json has all of it. */
const TEXT_SHOWN_MAX = 60;
const ID_SHOWN_MAX = 36;
const FILTERS = ["limit", "offset", "from", "to", "since", "until", "q", "order"] as const;

type Flags = { readonly url?: string; readonly json?: true } & Partial<
  Record<(typeof FILTERS)[number], string>
>;

interface ListAnswer {
  readonly data: readonly Message[];
  readonly total: number;
  readonly offset: number;
}

export function messagesCommand(): Command {
  return new Command("messages")
    .description("List, filter and search messages")
    .option("--from <sender>", "exact sender")
    .option("--to <recipient>", "exact recipient")
    .option("--since <ts>", "at or after, RFC 3339 with Z")
    .option("--until <ts>", "before, RFC 3339 with Z")
    .option("-q, --q <text>", "substring of the text, in any letter case")
    .addOption(new Option("--order <order>", "by time").choices(["asc", "desc"]))
    .option("--limit <n>", "1 to 100 (default: 50)")
    .option("--offset <n>", "0 or more (default: 0)")
    .option("--url <url>", "where the service listens (default: from HOST and PORT)")
    .option("--json", "print the service's answer as it is")
    .action(async (flags: Flags) => {
      const service = readClientConfig(readEnvironment(), flags.url);
      const query = new URLSearchParams();
      for (const name of FILTERS) if (flags[name] !== undefined) query.set(name, flags[name]);
      // URLSearchParams writes a space as `+`, which in a sender would be read as a plus.
      const answer = (await getJson(
        service,
        `/messages?${query.toString().replaceAll("+", "%20")}`,
      )) as ListAnswer;
      console.log(flags.json ? printable(answer) : render(answer));
    });
}

function render({ data, total, offset }: ListAnswer): string {
  if (data.length === 0) return `no messages here, ${total} in all match`;
  const rows = data.map(({ message_id, from, to, ts, text }) => [
    ts,
    from,
    to,
    oneLine(message_id, ID_SHOWN_MAX),
    text === null ? "" : oneLine(text, TEXT_SHOWN_MAX),
  ]);
  const drawn = table([["time", "from", "to", "id", "text"], ...rows], {
    border: getBorderCharacters("void"),
    drawHorizontalLine: () => false,
  });
  return `${drawn.trimEnd()}\n\n${offset + 1} to ${offset + data.length} of ${total}`;
}
