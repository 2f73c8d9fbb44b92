import { Command, Option } from "commander";
import { getBorderCharacters, table } from "table";
import { readClientConfig, readEnvironment } from "../config.ts";
import type { Message } from "../message.ts";
import { getJson, printable } from "./client.ts";
import { FILTER_NAMES, queryOf } from "./filter-flags.ts";
import { cellsOf } from "./message-cells.ts";

const PARAMETERS = [...FILTER_NAMES, "limit", "offset", "order"] as const;

type Flags = { readonly url?: string; readonly json?: true } & Partial<
  Record<(typeof PARAMETERS)[number], string>
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
      const answer = (await getJson(service, `/messages?${queryOf(flags, PARAMETERS)}`)) as ListAnswer;
      console.log(flags.json ? printable(answer) : render(answer));
    });
}

function render({ data, total, offset }: ListAnswer): string {
  if (data.length === 0) return `no messages here, ${total} in all match`;
  const rows = data.map(cellsOf);
  const drawn = table([["time", "from", "to", "id", "text"], ...rows], {
    border: getBorderCharacters("void"),
    drawHorizontalLine: () => false,
  });
  return `${drawn.trimEnd()}\n\n${offset + 1} to ${offset + data.length} of ${total}`;
}
