import { Command } from "commander";
import { getBorderCharacters, table } from "table";
import { readClientConfig, readEnvironment } from "../config.ts";
import { NOT_LOOKED_INTO, type RejectionsAnswer } from "../rejection-schemas.ts";
import { getJson, printable } from "./client.ts";
import { oneLine } from "./one-line.ts";

/** Characters of a reason or cause that the table shows in a line; --json has all of it. */
const WORDS_SHOWN_MAX = 100;

interface Flags {
  readonly url?: string;
  readonly json?: true;
  readonly limit?: string;
}

export function rejectionsCommand(): Command {
  return new Command("rejections")
    .description("Show the last requests to the webhook that were refused, and why")
    .option("--limit <n>", "1 to 100 (default: 50)")
    .option("--url <url>", "where the service listens (default: from HOST and PORT)")
    .option("--json", "print the service's answer as it is")
    .action(async ({ url, json, limit }: Flags) => {
      const service = readClientConfig(readEnvironment(), url);
      const query = limit === undefined ? "" : `?limit=${encodeURIComponent(limit)}`;
      const answer = (await getJson(service, `/rejections${query}`)) as RejectionsAnswer;
      console.log(json ? printable(answer) : render(answer));
    });
}

function render({ data, total }: RejectionsAnswer): string {
  if (data.length === 0) return "nothing was refused since the service was started";
  const rows = data.map(({ at, address, status, reason, cause }) => [
    at,
    address,
    status,
    oneLine(cause === null || cause === NOT_LOOKED_INTO ? reason : cause, WORDS_SHOWN_MAX),
  ]);
  const drawn = table([["time", "from", "status", "why"], ...rows], {
    border: getBorderCharacters("void"),
    drawHorizontalLine: () => false,
  });
  return `${drawn.trimEnd()}\n\nthe last ${data.length} of ${total}`;
}
