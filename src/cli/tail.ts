import { Command } from "commander";
import { readClientConfig, readEnvironment } from "../config.ts";
import { followStream, type StreamEvent, StreamRefused } from "../follow-stream.ts";
import type { Message } from "../message.ts";
import { headersOf, printable, refusalOf } from "./client.ts";
import { CommandError, EXIT } from "./exit.ts";
import { FILTER_NAMES, type FilterFlags, queryOf } from "./filter-flags.ts";
import { cellsOf } from "./message-cells.ts";

interface Flags extends FilterFlags {
  readonly sinceId?: string;
  readonly json?: true;
  readonly url?: string;
}

export function tailCommand(): Command {
  return new Command("tail")
    .description("Print new messages as they arrive, until Ctrl-C")
    .option("--from <sender>", "exact sender")
    .option("--to <recipient>", "exact recipient")
    .option("--since <ts>", "whose time is at or after it, RFC 3339 with Z")
    .option("--until <ts>", "whose time is before it, likewise")
    .option("-q, --q <text>", "substring of the text, in any letter case")
    .option("--since-id <id>", "go on where another tail ended, which says the id")
    .option("--url <url>", "where the service listens (default: from HOST and PORT)")
    .option("--json", "one JSON object a line")
    .action(tail);
}

async function tail(flags: Flags): Promise<void> {
  const service = readClientConfig(readEnvironment(), flags.url);
  const printer = new Printer(flags.json === true);
  const ending = endOf(printer);
  let [isBegun, lastId] = [false, ""];
  const events = followStream({
    url: `${service.url}/messages/stream?${queryOf(flags, FILTER_NAMES)}`,
    headers: headersOf(service),
    lastEventId: flags.sinceId,
    signal: ending,
    onLost(why, againMs) {
      if (!isBegun) throw new CommandError(EXIT.unavailable, `nothing to follow at ${service.url}: ${why}`);
      console.error(`lyftr: the stream is lost: ${why}; trying again in ${Math.round(againMs / 1_000)} s`);
    },
  });
  try {
    for await (const event of events) {
      isBegun = true;
      lastId = event.id;
      await tell(event, printer);
    }
  } catch (error) {
    if (!(error instanceof StreamRefused)) throw error;
    throw refusalOf({ status: error.status, body: error.body });
  }
  if (lastId !== "") console.error(`lyftr: ended; to go on from here: lyftr tail --since-id ${lastId}`);
}

async function tell({ event, data }: StreamEvent, printer: Printer): Promise<void> {
  if (event === "message") return printer.print(JSON.parse(data) as Message);
  if (event !== "reset") return;
  const { reason } = JSON.parse(data) as { reason: string };
  console.error(`lyftr: what arrived meanwhile cannot be told: ${reason}; going on from now`);
}

/** Ctrl-C, or whoever read what is printed is gone. */
function endOf(printer: Printer): AbortSignal {
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => ending.abort());
  printer.onGone(() => ending.abort());
  return ending.signal;
}

/** To standard output, and no faster than it is taken. */
class Printer {
  readonly #isJson: boolean;
  /** Of each column so far. */
  readonly #widths: number[] = [];
  #isGone = false;

  constructor(isJson: boolean) {
    this.#isJson = isJson;
  }

  onGone(told: () => void): void {
    process.stdout.on("error", () => {
      this.#isGone = true;
      told();
    });
  }

  async print(message: Message): Promise<void> {
    if (this.#isGone) return;
    const line = this.#isJson ? printable(message) : this.#inColumns(cellsOf(message));
    // Also where it fails, which onGone is told.
    await new Promise<void>((resolve) => {
      process.stdout.write(`${line}\n`, () => resolve());
    });
  }

  #inColumns(cells: readonly string[]): string {
    const padded = cells.map((cell, column) => {
      const width = Math.max(this.#widths[column] ?? 0, cell.length);
      this.#widths[column] = width;
      return cell.padEnd(width);
    });
    return padded.join("  ").trimEnd();
  }
}
