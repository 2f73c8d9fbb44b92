import { AppError } from "../../errors.ts";

/** SQLite primary result codes (sqlite.org/rescode.html) with what each asks of the operator. */
const ADVICE_BY_RESULT_CODE: Readonly<Record<number, string>> = {
  5: "the file is locked by another program",
  8: "the file or its folder is read-only",
  10: "the disk reported a read or write error",
  // A read that fails with EIO is told as this too, and may be over the next moment.
  11: "the disk cannot read the file, or it is damaged: if this stays, restore it from a backup",
  13: "the disk is full: make room",
  14: "the file cannot be opened: check its folder and permissions",
  23: "access is denied",
  26: "the file is not a SQLite database",
};
/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const RESULT_CODES_OF_DAMAGE: ReadonlySet<number | null> = new Set([11, 26]);
/** The primary code is the low byte of an extended one. */
const PRIMARY_CODE_MASK = 0xff;

/** The SQLite result code of an error that node:sqlite threw; null for any other error. */
export function sqliteResultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return null;
  return error.errcode & PRIMARY_CODE_MASK;
}

/** What went wrong, in words for an operator. SQLite's own messages hold no bound values, so no text leaks. */
export function describeFailure(error: unknown): string {
  const code = sqliteResultCode(error);
  const message = error instanceof Error ? error.message : String(error);
  const advice = code === null ? undefined : ADVICE_BY_RESULT_CODE[code];
  return advice === undefined ? message : `${message} (${advice})`;
}

/** An AppError as it is; a failure of SQLite or of the disk as `unavailable`, since the same call may succeed later; a bug as `internal`. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const reason = describeFailure(error);
  if (sqliteResultCode(error) === null && !isOfSystem(error))
    return new AppError("internal", "internal error", { reason, cause: error });
  return new AppError("unavailable", "the store is not available now", { reason, cause: error });
}

/** A system call that failed, as node throws it (nodejs.org/api/errors.html#class-systemerror). */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

/** Whether SQLite says that what is in the file is not what should be there. */
export function isDamage(error: unknown): error is Error {
  const code = sqliteResultCode(error);
  return (
    RESULT_CODES_OF_DAMAGE.has(code) || (code !== null && /^no such .*table/.test((error as Error).message))
  );
}

export function cannotRead(path: string, error: unknown): AppError {
  return new AppError("unavailable", `cannot read ${path}: ${describeFailure(error)}`, { cause: error });
}

/** What a call would be told as `unavailable`, such as a lock, says at the start why it cannot start. */
export function asCannotStart(error: unknown, path: string): unknown {
  if (!(error instanceof AppError) || error.code !== "unavailable") return error;
  return new AppError("cannot_start", `cannot open ${path}: ${error.reason ?? error.message}`, {
    cause: error,
  });
}

export function journalMissing(path: string, journalPath: string): AppError {
  return new AppError(
    "cannot_start",
    `${path} was not stopped cleanly, and ${journalPath}, which may hold acknowledged messages, is missing: put it back ` +
      "beside it. If it is lost for good, an empty file of that name accepts the loss",
  );
}

export function journalAhead(path: string, journalPath: string): AppError {
  return new AppError(
    "cannot_start",
    `${path} is older than ${journalPath}: messages in between are in neither. Restore both from the same moment`,
  );
}
