import { closeSync, createReadStream, openSync, readSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { Command, Option } from "commander";
import { readEnvironment, readStoreLocation } from "../config.ts";
import { AppError } from "../errors.ts";
import { shownLocation, type StoreLocation } from "../store-location.ts";
import type { TargetStore } from "../store/move.ts";
import { openMoveReader, openStore } from "../store/open.ts";
import { type Format, FORMATS, formatOf } from "../transfer/format.ts";
import { FORMAT_NAMES, type FormatName } from "../written-formats.ts";
import type { Refused, Source } from "../transfer/import.ts";
import { importInto, type ImportTally } from "../transfer/import-into.ts";
import { type ImportState, ImportStates } from "../transfer/import-state.ts";
import { BEGINNING } from "../transfer/records.ts";
import { RefusedFile } from "../transfer/refused-file.ts";
import { printable } from "./client.ts";
import { CommandError, EXIT, tellingSystem } from "./exit.ts";
import { TransferProgress } from "./transfer-progress.ts";

/** For the figures that the engine is asked for now and then. */
const READ_MS_MAX = 60_000;
const CHUNK_BYTES = 1024 * 1024;
/** How far it is need not be on the disk more often: what is imported twice changes nothing. */
const STATE_EVERY_MS = 1_000;
/** Of the last batch: that these are there tells that it is the same database. */
const IDS_KEPT_MAX = 20;
/** The header of an export has some 30 bytes. */
const HEADER_BYTES_MAX = 4096;
const STANDARD_INPUT = "-";

interface Flags {
  readonly format?: FormatName;
  readonly skipInvalid?: string;
  readonly json?: true;
}

export function importCommand(): Command {
  return new Command("import")
    .description("Store the messages of a file, as lyftr export writes it; again goes on where it ended")
    .argument("<file>", "NDJSON, or CSV where it is named so; - for standard input")
    .addOption(new Option("--format <format>", "one message a line, or a table").choices(FORMAT_NAMES))
    .option("--skip-invalid <file>", "write what is no message to this new file, and go on")
    .option("--json", "print one JSON object")
    .action(
      tellingSystem(async (name: string, flags: Flags) => {
        const location = readStoreLocation(readEnvironment());
        const format = flags.format === undefined ? formatOf(name) : FORMATS[flags.format];
        if (name !== STANDARD_INPUT) requireFile(name);
        const store = await open(location, name);
        let imported: ImportTally;
        try {
          imported = await run(name, format, flags.skipInvalid, store, location);
        } finally {
          await store.close();
        }
        console.log(flags.json ? printable(imported) : verdict(imported, location));
        const { conflict, refused, invalid } = imported;
        if (conflict + refused + invalid > 0) process.exitCode = EXIT.failed;
      }),
    );
}

function requireFile(name: string): void {
  if (statSync(name, { throwIfNoEntry: false })?.isFile() === true) return;
  throw new CommandError(EXIT.usage, `${name} is not there, or is no file; - stands for standard input`);
}

/** The engine tries again behind the calls by itself; what it cannot do at all, the next call is told. */
async function open(location: StoreLocation, name: string): Promise<TargetStore> {
  try {
    return await openStore(location, {
      now: Date.now,
      readTimeoutMs: READ_MS_MAX,
      onFailure: () => undefined,
    });
  } catch (error) {
    if (!(error instanceof AppError) || !error.message.includes("in use by another lyftr process"))
      throw error;
    const advice = `; or send it through the service: lyftr send --stdin < ${name} (NDJSON)`;
    throw new AppError(error.code, error.message + advice, { cause: error });
  }
}

async function run(
  name: string,
  format: Format,
  skipTo: string | undefined,
  store: TargetStore,
  location: StoreLocation,
): Promise<ImportTally> {
  const input = name === STANDARD_INPUT ? null : resolve(name);
  const states = input === null ? null : new ImportStates(input);
  const target = location.engine === "sqlite" ? resolve(location.path) : shownLocation(location);
  const known = (await stateOf(states, target, format, store)) ?? null;
  if (known !== null) console.error(`going on at line ${known.end.line}`);
  const refused = skipTo === undefined ? undefined : refusedTo(skipTo, known);
  const reader = await openMoveReader(location);
  const interrupted = interruption();
  const bytes = input === null ? null : statSync(input).size;
  const progress = new TransferProgress(process.stderr, "importing", () => performance.now());
  let writtenMs = Number.NEGATIVE_INFINITY;
  try {
    const imported = await importInto(sourceOf(input, format, known), format, {
      store,
      reader,
      signal: interrupted.signal,
      refuse: refused && telling(refused),
      stored(tally, end, ids) {
        progress.show(
          tally.created + tally.duplicate + tally.erased + tally.conflict,
          bytes && end.offset / bytes,
        );
        if (states === null || performance.now() - writtenMs < STATE_EVERY_MS) return;
        const stored = ids.slice(-IDS_KEPT_MAX);
        const all = sum(tally, known);
        const state = {
          target,
          format: format.name,
          end,
          stored,
          tally: all,
          refused: refused?.state ?? null,
        };
        states.write(state, (why) => console.error(why));
        writtenMs = performance.now();
      },
    });
    states?.remove();
    return sum(imported, known);
  } catch (error) {
    throw endedEarly(error, name);
  } finally {
    progress.clear();
    interrupted.end();
    await reader.close();
  }
}

/** Only where the database still has what was stored last. */
async function stateOf(
  states: ImportStates | null,
  target: string,
  format: Format,
  store: TargetStore,
): Promise<ImportState | undefined> {
  const state = states?.read(target, format.name) ?? null;
  if (state === null) return undefined;
  for (const id of state.stored) if ((await store.get(id)) === null) return undefined;
  return state;
}

function sourceOf(input: string | null, format: Format, known: ImportState | null): Source {
  const start = known?.end ?? BEGINNING;
  const chunks =
    input === null
      ? process.stdin
      : createReadStream(input, { start: start.offset, highWaterMark: CHUNK_BYTES });
  if (input === null || known === null || format.header === "") return { chunks, start, header: null };
  return { chunks, start, header: firstLineOf(input) };
}

function firstLineOf(path: string): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES_MAX);
  const file = openSync(path, "r");
  try {
    const read = bytes.subarray(0, readSync(file, bytes));
    return Buffer.from(read.toString().split(/\r?\n/, 1)[0] ?? "");
  } finally {
    closeSync(file);
  }
}

function refusedTo(name: string, known: ImportState | null): RefusedFile {
  const file = RefusedFile.open(name, known !== null, known?.refused);
  if (file !== null) return file;
  throw new CommandError(EXIT.usage, `${name} is there already: name another file for what is no message`);
}

function telling(file: RefusedFile) {
  return ({ bytes, line, problem }: Refused): void => {
    file.add(bytes);
    console.error(`line ${line}: ${problem}`);
  };
}

function interruption() {
  const controller = new AbortController();
  const names = ["SIGINT", "SIGTERM"] as const;
  const stop = (signal: string): void => {
    // A second one ends the process at once.
    for (const name of names) process.off(name, stop);
    controller.abort(new CommandError(EXIT.failed, `stopped by ${signal}`));
  };
  for (const name of names) process.on(name, stop);
  const end = (): void => {
    for (const name of names) process.off(name, stop);
  };
  return { signal: controller.signal, end };
}

function endedEarly(error: unknown, name: string): unknown {
  const shown = name === STANDARD_INPUT ? "standard input" : name;
  const goesOn = name === STANDARD_INPUT ? "again it is passed over" : "the same command goes on there";
  const stays = `what stands before it is stored, and ${goesOn}`;
  if (error instanceof CommandError) return new CommandError(error.exitCode, `${error.message}; ${stays}`);
  if (!(error instanceof AppError)) return error;
  if (error.code === "invalid") {
    const advice = "--skip-invalid goes on behind it";
    return new CommandError(EXIT.failed, `${shown}: ${error.message}; ${stays} (${advice})`);
  }
  const reason = error.reason === undefined ? stays : `${error.reason}; ${stays}`;
  return new AppError(error.code, `${shown}: ${error.message}`, { reason, cause: error });
}

/** What a state does not tell that an earlier version wrote. */
const NOTHING: ImportTally = { created: 0, duplicate: 0, erased: 0, conflict: 0, refused: 0, invalid: 0 };

function sum(tally: ImportTally, known: ImportState | null): ImportTally {
  const { created, duplicate, erased, conflict, refused, invalid } = { ...NOTHING, ...known?.tally };
  return {
    created: tally.created + created,
    duplicate: tally.duplicate + duplicate,
    erased: tally.erased + erased,
    conflict: tally.conflict + conflict,
    refused: tally.refused + refused,
    invalid: tally.invalid + invalid,
  };
}

function verdict(
  { created, duplicate, erased, conflict, refused, invalid }: ImportTally,
  location: StoreLocation,
): string {
  const not = invalid + refused;
  return (
    `imported: ${created} created, ${duplicate} there already, ${erased} erased before, ` +
    `${conflict} there with another content, ${not} refused, in ${shownLocation(location)}`
  );
}
