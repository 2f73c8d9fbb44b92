import { once } from "node:events";
import { Command, Option } from "commander";
import { readEnvironment, readStoreLocation } from "../config.ts";
import { counted } from "../counted.ts";
import type { MessageFilter } from "../message.ts";
import { openMoveReader } from "../store/open.ts";
import type { MoveReader } from "../store/move.ts";
import { countToRead, exportPages, type ExportedPage } from "../transfer/export.ts";
import { ExportFile } from "../transfer/export-file.ts";
import { type Format, FORMATS, formatOf } from "../transfer/format.ts";
import { FORMAT_NAMES, type FormatName } from "../written-formats.ts";
import { CommandError, EXIT, tellingSystem } from "./exit.ts";
import { filterOf, type FilterFlags } from "./filter-flags.ts";
import { TransferProgress } from "./transfer-progress.ts";

interface Flags extends FilterFlags {
  readonly format?: FormatName;
  readonly out?: string;
  readonly resume?: true;
}

export function exportCommand(): Command {
  return new Command("export")
    .description(
      "Write all messages, in order, to a file or to standard output; whether the service runs or not",
    )
    .addOption(
      new Option(
        "--format <format>",
        "one message a line, or a table (default: as the file is named)",
      ).choices(FORMAT_NAMES),
    )
    .option("--out <file>", "a new file, readable by you alone (default: standard output)")
    .option("--resume", "go on with a file that was cut off, with the same flags")
    .option("--from <party>", "of this sender alone")
    .option("--to <party>", "for this recipient alone")
    .option("--since <ts>", "at or after it, RFC 3339 with Z")
    .option("--until <ts>", "before it, likewise")
    .option("--q <text>", "whose text holds this, in any case")
    .action(
      tellingSystem(async (flags: Flags) => {
        const store = readStoreLocation(readEnvironment());
        const filter = filterOf(flags);
        const format = flags.format === undefined ? formatOf(flags.out) : FORMATS[flags.format];
        if (flags.resume && flags.out === undefined)
          throw new CommandError(EXIT.usage, "--resume goes on with a file: name it with --out");
        const reader = await openMoveReader(store);
        try {
          await (flags.out === undefined
            ? toStandardOutput(reader, format, filter)
            : toFile(flags.out, flags.resume === true, reader, format, filter));
        } finally {
          await reader.close();
        }
      }),
    );
}

async function toFile(
  name: string,
  isResumed: boolean,
  reader: MoveReader,
  format: Format,
  filter: MessageFilter,
): Promise<void> {
  const file = await ExportFile.open(name, format, isResumed);
  try {
    const { messages, after } = file.resumed;
    if (isResumed) console.error(`going on behind ${counted(messages, "message")} of ${name}`);
    const written = await writeAll(reader, format, filter, after, (page) => file.write(page));
    await file.sync();
    console.log(`exported: ${counted(messages + written, "message")}, in ${name}`);
  } finally {
    await file.close();
  }
}

async function toStandardOutput(reader: MoveReader, format: Format, filter: MessageFilter): Promise<void> {
  // Told by the write that follows.
  let gone: Error | null = null as Error | null;
  process.stdout.on("error", (error: Error) => {
    gone = error;
  });
  const write = async (bytes: Buffer | string): Promise<void> => {
    if (!process.stdout.write(bytes) && gone === null)
      await Promise.race([once(process.stdout, "drain"), once(process.stdout, "close")]);
    if (gone !== null) throw new CommandError(EXIT.failed, `standard output was closed: ${gone.message}`);
  };
  await write(format.header);
  const written = await writeAll(reader, format, filter, null, ({ bytes }) => write(bytes));
  console.error(`exported: ${counted(written, "message")}`);
}

/** Returns how many. */
async function writeAll(
  reader: MoveReader,
  format: Format,
  filter: MessageFilter,
  after: ExportFile["after"],
  write: (page: ExportedPage) => Promise<void>,
): Promise<number> {
  const progress = new TransferProgress(process.stderr, "exporting", () => performance.now());
  const toRead = await countToRead(reader, filter, after);
  let [written, read] = [0, 0];
  try {
    for await (const page of exportPages(reader, format, filter, after)) {
      await write(page);
      [written, read] = [written + page.written, read + page.read];
      progress.show(written, toRead === 0 ? 1 : read / toRead);
    }
  } finally {
    progress.clear();
  }
  return written;
}
