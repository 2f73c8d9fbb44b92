import type { MoveReader, TargetStore } from "../store/move.ts";

/** Between which inboxes messages are moved. */
export interface ReadSides {
  readonly source: MoveReader;
  readonly target: MoveReader;
}

export interface Sides extends ReadSides {
  /** The engine on the target, to write with. */
  readonly store: TargetStore;
}
