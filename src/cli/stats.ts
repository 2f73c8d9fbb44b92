import { Command } from "commander";
import { getBorderCharacters, table } from "table";
import { readClientConfig, readEnvironment } from "../config.ts";
import type { Stats } from "../message.ts";
import { getJson, printable } from "./client.ts";

const RULES = { border: getBorderCharacters("void"), drawHorizontalLine: () => false };

interface Flags {
  readonly url?: string;
  readonly json?: true;
}

export function statsCommand(): Command {
  return new Command("stats")
    .description("Show the figures over all messages")
    .option("--url <url>", "where the service listens (default: from HOST and PORT)")
    .option("--json", "print the service's answer as it is")
    .action(async (flags: Flags) => {
      const { url } = readClientConfig(readEnvironment(), flags.url);
      const stats = (await getJson(`${url}/stats`)) as Stats;
      console.log(flags.json ? printable(stats) : render(stats));
    });
}

function render(stats: Stats): string {
  const figures = [
    ["messages", stats.total_messages],
    ["senders", stats.unique_senders],
    ["first", stats.first_message_ts ?? "-"],
    ["last", stats.last_message_ts ?? "-"],
  ];
  const senders = stats.top_senders.map(({ from, count }) => [count, from, bar(count, stats.top_senders)]);
  const drawn = table(figures, RULES).trimEnd();
  if (senders.length === 0) return drawn;
  return `${drawn}\n\n${table(senders, { ...RULES, columns: { 0: { alignment: "right" } } }).trimEnd()}`;
}

/** Shares are seen at a glance: the largest sender's bar is as wide as it gets. */
function bar(count: number, senders: Stats["top_senders"]): string {
  const BAR_WIDTH = 30;
  const most = senders[0]?.count ?? 1;
  return "█".repeat(Math.max(1, Math.round((count / most) * BAR_WIDTH)));
}
