/**
 * Which states a disk may be in after a power cut, by what POSIX promises and no more:
 *
 *   - what was written to a file before a sync of it began is there once that sync is done;
 *   - of what was written later, each write is there, or is not, or sector by sector; sizes likewise;
 *   - what a sync failed for is never made certain by a later one: only by being written again;
 *   - a name that was made, changed or removed is certain only after a sync of its folder.
 */
import { posix } from "node:path";
import type { Random } from "../support/random.ts";
import { Image } from "./image.ts";
import { type Pending, PendingChanges } from "./pending.ts";
import type { TraceEvent } from "./trace.ts";

/** The smallest unit that disks write whole. */
const SECTOR_BYTES = 512;
/** In a hundred pending writes, how many are torn. */
const TORN_PERCENT = 20;
/** How many of a hundred pending changes a state keeps; each file of each state has its own. */
const KEPT_PERCENTS = [0, 10, 50, 90, 100] as const;
/** Made anew by every process that opens the files. */
export const VOLATILE = /(?:-shm|\.lock(?:-.*)?)$/;

type Change =
  | { readonly kind: "write"; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: "resize"; readonly size: number };
interface NameChange {
  readonly name: string;
  /** Null when the name was removed. */
  readonly inode: Inode | null;
  /** Of a renaming. */
  readonly oldName?: string;
}

/** A file or folder behind its names. */
interface Inode {
  readonly isFolder: boolean;
  readonly image: Image;
  readonly changes: PendingChanges<Change>;
  readonly names: PendingChanges<NameChange>;
}

export interface StateOptions {
  /** Names are there as soon as they are made. */
  readonly namesHold?: boolean;
}

/** Paths below the traced folder, each after its folder. */
export type State = ReadonlyMap<string, Buffer | "folder">;

/** Follows a trace; between any two events it can say how the disk might look after a cut there. */
export class DiskStates {
  /** Behind each name, as the running process sees it; also when it was unlinked while open. */
  readonly #inodes = new Map<string, Inode>([["", newInode(true)]]);
  readonly #durableNames = new Map<string, Inode>();

  /** `begun` is what is on the disk before the first event, for certain. */
  constructor(begun: State) {
    for (const [name, content] of begun) {
      const inode = newInode(content === "folder");
      if (content !== "folder") inode.image.write(0, content);
      this.#inodes.set(name, inode);
      this.#durableNames.set(name, inode);
    }
  }

  follow(event: TraceEvent): void {
    const { kind, name, offset, bytes, newName } = event;
    switch (kind) {
      case "created":
      case "folderMade":
        this.#inodes.set(name, newInode(kind === "folderMade"));
        return this.#rename({ name, inode: this.#inode(name) });
      case "unlinked":
        return this.#rename({ name, inode: null });
      case "renamed":
        this.#inodes.set(newName, this.#inode(name));
        return this.#rename({ name: newName, inode: this.#inode(name), oldName: name });
      case "written":
        return this.#inode(name).changes.add({ kind: "write", offset, bytes });
      case "truncated":
        return this.#inode(name).changes.add({ kind: "resize", size: offset });
      case "syncBegun":
        this.#inode(name).changes.syncBegun(offset);
        return this.#inode(name).names.syncBegun(offset);
      case "syncFailed":
        return this.#inode(name).changes.syncFailed();
      case "syncDone":
        return this.#synced(this.#inode(name), offset);
    }
  }

  /** One of the states that a cut after the last event may leave. */
  stateAfterCut(random: Random, { namesHold = false }: StateOptions = {}): State {
    const names = new Map(this.#durableNames);
    for (const { names: pending } of this.#inodes.values()) {
      const kept = namesHold ? 100 : random.pick(KEPT_PERCENTS);
      for (const { change } of pending.all()) if (random.below(100) < kept) bind(names, change);
    }
    const state = new Map<string, Buffer | "folder">();
    for (const [name, inode] of [...names].toSorted(([a], [b]) => a.length - b.length)) {
      const folder = folderOf(name);
      if (VOLATILE.test(name) || (folder !== "" && !state.has(folder))) continue;
      state.set(name, inode.isFolder ? "folder" : contentAfterCut(inode, random));
    }
    return state;
  }

  #inode(name: string): Inode {
    const inode = this.#inodes.get(name);
    if (inode === undefined) throw new Error(`${name} was used before it was made`);
    return inode;
  }

  #rename(change: NameChange): void {
    this.#inode(folderOf(change.name)).names.add(change);
  }

  #synced({ image, changes, names }: Inode, number: number): void {
    for (const change of changes.syncDone(number)) {
      if (change.kind === "resize") image.resize(change.size);
      else image.write(change.offset, change.bytes);
    }
    for (const change of names.syncDone(number)) bind(this.#durableNames, change);
  }
}

function newInode(isFolder: boolean): Inode {
  return { isFolder, image: new Image(), changes: new PendingChanges(), names: new PendingChanges() };
}

function folderOf(name: string): string {
  const folder = posix.dirname(name);
  return folder === "." ? "" : folder;
}

function bind(names: Map<string, Inode>, { name, inode, oldName }: NameChange): void {
  if (oldName !== undefined) names.delete(oldName);
  if (inode === null) names.delete(name);
  else names.set(name, inode);
}

function contentAfterCut({ image, changes }: Inode, random: Random): Buffer {
  const result = image.copy();
  const kept = random.pick(KEPT_PERCENTS);
  const sizesGrow = random.below(2) === 0;
  for (const pending of changes.all()) {
    apply(result, pending, sizesGrow, (fate) => fate === "certain" || random.below(100) < kept, random);
  }
  return result.bytes();
}

function apply(
  image: Image,
  { change, fate }: Pending<Change>,
  sizesGrow: boolean,
  isKept: (fate: Pending<Change>["fate"]) => boolean,
  random: Random,
): void {
  if (change.kind === "resize") {
    if (isKept(fate)) image.resize(change.size);
    return;
  }
  const { offset, bytes } = change;
  // The size may be on the disk before the bytes are; what was never written reads as zeros.
  if (sizesGrow) image.growTo(offset + bytes.length);
  const isTorn = random.below(100) < TORN_PERCENT;
  for (const part of isTorn ? sectorsOf(offset, bytes) : [change])
    if (isKept(fate)) image.write(part.offset, part.bytes);
}

/** The parts of a write that lie in different sectors of the file. */
function* sectorsOf(offset: number, bytes: Buffer): Generator<{ offset: number; bytes: Buffer }> {
  for (let start = offset; start < offset + bytes.length;) {
    const end = Math.min((Math.floor(start / SECTOR_BYTES) + 1) * SECTOR_BYTES, offset + bytes.length);
    yield { offset: start, bytes: bytes.subarray(start - offset, end - offset) };
    start = end;
  }
}
