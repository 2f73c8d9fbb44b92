import { DatabaseError } from "pg";
import { AppError } from "../../errors.ts";

/** SQLSTATEs, whole or by class (postgresql.org/docs/current/errcodes-appendix.html), with what each asks of the operator. */
const ADVICE_BY_STATE: Readonly<Record<string, string>> = {
  "08": "the connection broke",
  25006: "the database is read-only",
  28: "check user and password in DATABASE_URL, and the server's pg_hba.conf",
  "3D": "create the database that DATABASE_URL names",
  42501: "the user lacks the right",
  53100: "the server's disk is full: make room",
  53300: "the server has no connection left: raise max_connections, or run fewer processes",
  57: "the server is stopping, starting or was told to stop this",
};

/** Of a TLS connection, by Node's codes (nodejs.org/docs/latest-v24.x/api/tls.html#x509-certificate-error-codes). */
const NOT_OF_AUTHORITY =
  "the server's certificate is not of the authority that is trusted: check sslrootcert in DATABASE_URL";
const ADVICE_BY_CODE: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID:
    "sslmode=verify-full demands a certificate that names the host as DATABASE_URL does; verify-ca does not",
  DEPTH_ZERO_SELF_SIGNED_CERT: NOT_OF_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: NOT_OF_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: NOT_OF_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_OF_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_OF_AUTHORITY,
  CERT_SIGNATURE_FAILURE: NOT_OF_AUTHORITY,
};
/** How the driver says that the server answered N to whether it has TLS. */
const WITHOUT_TLS = "The server does not support SSL connections";

/** How the driver says that no answer came within query_timeout. */
const UNANSWERED = "Query read timeout";

/** A statement that took longer than it may (57014 query_canceled). */
const CANCELED = "57014";
/** What a row itself is to blame for: data exceptions, and what is too large for an index (54000 program_limit_exceeded). */
const DATA_STATES = /^(?:22|54000)/;
/** States that are no fault of ours and may be over the next moment; others that the server names are bugs. */
const PASSING_STATES = /^(?:08|25006|28|3D|40|42501|53|55|57|58|XX)/;

/**
 * That what is kept is not what should be there: damaged pages and indexes, files, tables and columns that are missing, values
 * that cannot be ones.
 */
const DAMAGE_STATES = /^(?:XX|58P01|42P01|42703|22)/;

export function isDamage(error: unknown): boolean {
  return DAMAGE_STATES.test(stateOf(error) ?? "");
}

/** What JavaScript throws at a program that is wrong; what the driver and the system report are plain errors. */
const BUGS = [TypeError, RangeError, ReferenceError, SyntaxError];

export function isCanceled(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === CANCELED;
}

/** Whether the server may still be at it. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && error.message === UNANSWERED;
}

/** Whether the data is to blame, so that one message alone may be refused. */
export function isOfData(error: unknown): boolean {
  return error instanceof DatabaseError && DATA_STATES.test(error.code ?? "");
}

export function stateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

export function isWithoutTls(error: unknown): boolean {
  return error instanceof Error && error.message === WITHOUT_TLS;
}

/**
 * What went wrong, in words for an operator. Of what the server says, only its message: its detail may hold values, and the
 * message of a data exception too.
 */
export function describeFailure(error: unknown): string {
  if (isOfData(error)) return `the server refused the data (SQLSTATE ${stateOf(error) ?? ""})`;
  const message = messageOf(error);
  const state = stateOf(error) ?? "";
  const advice = isWithoutTls(error)
    ? "sslmode in DATABASE_URL asks for TLS"
    : (ADVICE_BY_STATE[state] ?? ADVICE_BY_STATE[state.slice(0, 2)] ?? ADVICE_BY_CODE[codeOf(error)]);
  return advice === undefined ? message : `${message} (${advice})`;
}

/**
 * An AppError as it is; what the server or the connection met as `unavailable`, since the same call may succeed later; a bug
 * as `internal`.
 */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const reason = describeFailure(error);
  const state = stateOf(error);
  const isBug = BUGS.some((bug) => error instanceof bug);
  if (isBug || (state !== undefined && !PASSING_STATES.test(state))) {
    return new AppError("internal", "internal error", { reason, cause: error });
  }
  return new AppError("unavailable", "the store is not available now", { reason, cause: error });
}

/** What a call would be told as `unavailable` or `internal` says at the start why it cannot start. */
export function asCannotStart(error: unknown, place: string): AppError {
  if (error instanceof AppError && error.code === "cannot_start") return error;
  const { reason, message } = asAppError(error);
  return new AppError("cannot_start", `cannot open ${place}: ${reason ?? message}`, { cause: error });
}

/** Of what Node met on the way; empty where it has none. */
function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Several addresses of one host fail together as an AggregateError without a message of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
