import { AppError } from "../errors.ts";

/** Exit codes of every command, for scripts. */
export const EXIT = {
  ok: 0,
  /** The service refused, something failed, or a check found a difference. */
  failed: 1,
  /** Wrong flags, settings or input: the same call can never work. */
  usage: 2,
  /** The service cannot be reached or said 503, or its data cannot be read now: the same call may work later. */
  unavailable: 3,
} as const;

/** A failure that ends a command: its message goes to stderr as it stands. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  if (!(error instanceof AppError)) return EXIT.failed;
  if (error.code === "cannot_start") return EXIT.usage;
  return error.code === "unavailable" ? EXIT.unavailable : EXIT.failed;
}

/** For a command that reads and writes files: what the system refuses, such as a full disk, ends it with the system's words. */
export function tellingSystem<A extends unknown[]>(
  action: (...values: A) => Promise<void>,
): (...values: A) => Promise<void> {
  return async (...values) => {
    try {
      await action(...values);
    } catch (error) {
      if (!(error instanceof Error) || !("syscall" in error)) throw error;
      throw new CommandError(EXIT.unavailable, error.message);
    }
  };
}
