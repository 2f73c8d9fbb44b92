import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { StoreLocation } from "../store-location.ts";
import { AppError } from "../errors.ts";
import type { ReadSides, Sides } from "../move/sides.ts";
import type { MoveReader } from "../store/move.ts";
import { openMoveReader, openStore } from "../store/open.ts";
import { CommandError, EXIT } from "./exit.ts";

/** For the figures that the engine is asked for now and then. */
const READ_MS_MAX = 60_000;

interface Places {
  readonly from: StoreLocation;
  readonly to: StoreLocation;
}

/** Both inboxes, opened, and what releases them. */
export interface Opened<S extends ReadSides> {
  readonly sides: S;
  readonly close: () => Promise<void>;
}

/** To read only: neither side is written to. Throws AppError or CommandError that says which side cannot be opened, and why. */
export async function openToRead({ from, to }: Places): Promise<Opened<ReadSides>> {
  refuseSameFile(from, to);
  return opening(async (later) => {
    const source = later(await naming("--from", openMoveReader(from)));
    const target = later(await naming("--to", openMoveReader(to)));
    await refuseSamePlace(from, to, source, target);
    return { source, target };
  });
}

/** The engine on the target, made where it is missing. Throws likewise. */
export async function openToWrite({ from, to }: Places): Promise<Opened<Sides>> {
  refuseSameFile(from, to);
  return opening(async (later) => {
    const source = later(await naming("--from", openMoveReader(from)));
    // What fails behind the calls is told by the next call, or done by the next start.
    const options = { now: Date.now, readTimeoutMs: READ_MS_MAX, onFailure: () => undefined };
    const store = later(await naming("--to", openStore(to, options)));
    const target = later(await naming("--to", openMoveReader(to)));
    await refuseSamePlace(from, to, source, target);
    return { source, target, store };
  });
}

interface Closing {
  close(): Promise<void>;
}

/** What was opened last is closed first, also when something cannot be opened. */
async function opening<S extends ReadSides>(
  open: (later: <T extends Closing>(opened: T) => T) => Promise<S>,
): Promise<Opened<S>> {
  const opened: Closing[] = [];
  const close = async (): Promise<void> => {
    for (const one of opened.splice(0).toReversed()) await one.close();
  };
  try {
    const sides = await open((one) => {
      opened.push(one);
      return one;
    });
    return { sides, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function naming<T>(flag: string, opened: Promise<T>): Promise<T> {
  try {
    return await opened;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${flag}: ${error.message}`, { reason: error.reason, cause: error });
  }
}

function refuseSameFile(from: StoreLocation, to: StoreLocation): void {
  if (from.engine === "sqlite" && to.engine === "sqlite" && fileOf(from.path) === fileOf(to.path))
    throw same();
}

async function refuseSamePlace(
  from: StoreLocation,
  to: StoreLocation,
  source: MoveReader,
  target: MoveReader,
): Promise<void> {
  if (from.engine === to.engine && (await source.place()) === (await target.place())) throw same();
}

function fileOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It is not there yet.
    return resolve(path);
  }
}

function same(): CommandError {
  return new CommandError(EXIT.usage, "--from and --to name the same database");
}
