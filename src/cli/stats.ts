import { Command, Option } from "commander";
import { getBorderCharacters, table } from "table";
import { readClientConfig, readEnvironment } from "../config.ts";
import type { Stats } from "../message.ts";
import type { Timeline } from "../stats-schemas.ts";
import { getJson, printable } from "./client.ts";
import { CommandError, EXIT } from "./exit.ts";

const RULES = { border: getBorderCharacters("void"), drawHorizontalLine: () => false };
const FILTERS = ["from", "since", "until"] as const;

type Flags = { readonly url?: string; readonly json?: true; readonly timeline?: string } & Partial<
  Record<(typeof FILTERS)[number], string>
>;

export function statsCommand(): Command {
  return new Command("stats")
    .description("Show the figures over all messages; or, with --timeline, how many each hour or day had")
    .addOption(
      new Option("--timeline <bucket>", "a bar for each that has messages, in UTC").choices(["hour", "day"]),
    )
    .option("--from <sender>", "of a timeline: exact sender")
    .option("--since <ts>", "of a timeline: at or after, RFC 3339 with Z")
    .option("--until <ts>", "of a timeline: before, RFC 3339 with Z")
    .option("--url <url>", "where the service listens (default: from HOST and PORT)")
    .option("--json", "print the service's answer as it is")
    .action(async (flags: Flags) => {
      const answer = await getJson(readClientConfig(readEnvironment(), flags.url), pathOf(flags));
      if (flags.json) console.log(printable(answer));
      else
        console.log(
          flags.timeline === undefined ? render(answer as Stats) : renderTimeline(answer as Timeline),
        );
    });
}

function pathOf(flags: Flags): string {
  const filters = FILTERS.flatMap((name) =>
    flags[name] === undefined ? [] : [`${name}=${encodeURIComponent(flags[name])}`],
  );
  if (flags.timeline !== undefined)
    return `/stats/timeline?${[`bucket=${flags.timeline}`, ...filters].join("&")}`;
  if (filters.length > 0)
    throw new CommandError(EXIT.usage, "--from, --since and --until narrow a --timeline only");
  return "/stats";
}

function render(stats: Stats): string {
  const figures = [
    ["messages", stats.total_messages],
    ["senders", stats.unique_senders],
    ["first", stats.first_message_ts ?? "-"],
    ["last", stats.last_message_ts ?? "-"],
  ];
  const drawn = table(figures, RULES).trimEnd();
  return stats.top_senders.length === 0
    ? drawn
    : `${drawn}\n\n${bars(stats.top_senders, ({ from }) => from)}`;
}

function renderTimeline({ bucket, data }: Timeline): string {
  if (data.length === 0) return "no messages here";
  // An hour is told by its date and hour, a day by its date.
  const characters = bucket === "day" ? "0000-00-00".length : "0000-00-00T00:00".length;
  return bars(data, ({ start }) => start.slice(0, characters).replace("T", " "));
}

/** A line for each: shares are seen at a glance, the largest one's bar is as wide as it gets. */
function bars<Counted extends { readonly count: number }>(
  all: readonly Counted[],
  nameOf: (one: Counted) => string,
): string {
  const BAR_WIDTH = 30;
  const most = all.reduce((max, { count }) => Math.max(max, count), 1);
  const rows = all.map((one) => [
    one.count,
    nameOf(one),
    "█".repeat(Math.max(1, Math.round((one.count / most) * BAR_WIDTH))),
  ]);
  return table(rows, { ...RULES, columns: { 0: { alignment: "right" } } }).trimEnd();
}
