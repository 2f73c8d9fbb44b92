import { createInterface } from "node:readline/promises";
import { Command } from "commander";
import { type ClientConfig, readClientConfig, readEnvironment } from "../config.ts";
import { counted } from "../counted.ts";
import type { Receipt } from "../erasure-schemas.ts";
import { describeRefusal, exitCodeFor, getJson, headersOf, printable } from "./client.ts";
import { CommandError, EXIT } from "./exit.ts";
import { requestPatiently } from "./patient-request.ts";
import { barOf, clearLine, rewriteLine } from "./progress-line.ts";

/** How often the line on a terminal is brought up to date. */
const LOOK_MS = 1_000;
/** A service that erases ten million messages takes hours; none takes a day. */
export const ERASE_MS_MAX = 86_400_000;
const FILTERS = ["from", "to", "since", "until"] as const;

type Flags = {
  readonly id?: string;
  readonly yes?: true;
  readonly json?: true;
  readonly url?: string;
} & Partial<Record<(typeof FILTERS)[number], string>>;

export function eraseCommand(): Command {
  return new Command("erase")
    .description(
      "Erase messages for good, such as all of one person: rows, search index, journal and free space",
    )
    .option("--id <message_id>", "one message")
    .option("--from <sender>", "exact sender")
    .option("--to <recipient>", "exact recipient")
    .option("--since <ts>", "at or after, RFC 3339 with Z")
    .option("--until <ts>", "before, RFC 3339 with Z")
    .option("--yes", "do not ask")
    .option("--url <url>", "where the service listens (default: from HOST and PORT)")
    .option("--json", "print the service's receipt as it is")
    .action(async (flags: Flags) => {
      const service = readClientConfig(readEnvironment(), flags.url);
      const path = pathOf(flags);
      const there = await countOf(service, path, flags);
      if (flags.yes !== true) await confirm(flags, there);
      const receipt = await erase(service, path, flags, there);
      const { messages, conflicts, erased_at } = receipt;
      console.log(
        flags.json
          ? printable(receipt)
          : `erased ${counted(messages, "message")} and ${counted(conflicts, "record")} of conflicts at ${erased_at}`,
      );
    });
}

function pathOf(flags: Flags): string {
  const query = new URLSearchParams();
  // Such as of a variable that was never set: it would be taken for no filter at all.
  const empty = (["id", ...FILTERS] as const).find((name) => flags[name] === "");
  if (empty !== undefined) throw new CommandError(EXIT.usage, `--${empty} is empty`);
  for (const name of FILTERS) if (flags[name] !== undefined) query.set(name, flags[name]);
  if (flags.id === undefined) {
    if (flags.from === undefined && flags.to === undefined)
      throw new CommandError(EXIT.usage, "say whose: --from, --to, or one message by --id");
    // URLSearchParams writes a space as `+`, which in a sender would be read as a plus.
    return `/messages?${query.toString().replaceAll("+", "%20")}`;
  }
  if (query.size > 0)
    throw new CommandError(EXIT.usage, "--id names one message: leave the other filters out");
  return `/messages/${encodeURIComponent(flags.id)}`;
}

async function countOf(service: ClientConfig, path: string, { id }: Flags): Promise<number> {
  const answer = await getJson(service, id === undefined ? `${path}&limit=1` : path);
  return id === undefined ? (answer as { readonly total: number }).total : 1;
}

/** Asks for the number or id to be typed: what is gone is gone. */
async function confirm(flags: Flags, there: number): Promise<void> {
  const name = flags.id ?? flags.from ?? flags.to ?? "";
  if (!process.stdin.isTTY)
    throw new CommandError(EXIT.usage, "nobody to ask: add --yes to erase without asking");
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const filter = (["id", ...FILTERS] as const).flatMap((each) =>
    flags[each] === undefined ? [] : `${each} ${flags[each]}`,
  );
  const answer = await asking.question(
    `${counted(there, "message")} (${filter.join(", ")}) will be erased for good. Type ${name} to go on: `,
  );
  asking.close();
  if (answer.trim() !== name) throw new CommandError(EXIT.failed, "not the same: nothing was erased");
}

async function erase(service: ClientConfig, path: string, flags: Flags, there: number): Promise<Receipt> {
  const asked = { method: "DELETE", headers: headersOf(service) };
  const erasing = requestPatiently(`${service.url}${path}`, asked, ERASE_MS_MAX);
  const shown = showProgress(service, path, flags, there);
  try {
    const answer = await erasing;
    if (answer.status === 200) return answer.body as Receipt;
    const advice =
      answer.status === 401 || answer.status === 403 ? "; set API_TOKEN to one with the role admin" : "";
    throw new CommandError(exitCodeFor(answer.status), `${describeRefusal(answer)}${advice}`);
  } finally {
    shown.stop();
  }
}

/** How many are left, on a terminal. Behind the last message, the files are still being overwritten. */
function showProgress(
  service: ClientConfig,
  path: string,
  flags: Flags,
  there: number,
): { stop: () => void } {
  if (!process.stderr.isTTY || flags.id !== undefined || there === 0) return { stop: () => undefined };
  const look = async (): Promise<void> => {
    const left = await countOf(service, path, flags).catch(() => null);
    if (left === null || !ticking.hasRef()) return;
    const share = Math.max(0, 1 - left / there);
    const doing = left > 0 ? `${counted(left, "message")} left` : "overwriting what they left behind";
    rewriteLine(process.stderr, `${barOf(share)} ${doing}`);
  };
  const ticking = setInterval(() => void look(), LOOK_MS);
  return {
    stop: () => {
      clearInterval(ticking.unref());
      clearLine(process.stderr);
    },
  };
}
