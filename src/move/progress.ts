export type Phase = "copy" | "compare";

/** Who waits for a move. */
export interface Progress {
  /** Ends the move between two batches, with the signal's reason. */
  readonly signal: AbortSignal;
  /** Is told as a pass over the source begins; `of` messages as far as is known. */
  readonly begin: (phase: Phase, of: number) => void;
  /** Is told after each batch how many messages of the pass are done. */
  readonly show: (messages: number) => void;
}
