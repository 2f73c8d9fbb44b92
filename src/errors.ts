/**
 * Every expected failure is an AppError with one of these codes, and this table is the only place
 * where a code becomes an HTTP status. Imports nothing.
 */
export const STATUS_BY_CODE = {
  malformed_request: 400,
  invalid_signature: 401,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  too_large: 413,
  target_too_long: 414,
  unsupported_encoding: 415,
  expectation_failed: 417,
  invalid: 422,
  /** Wrong signatures from one address beyond the rate at which each is looked into. */
  rate_limited: 429,
  headers_too_large: 431,
  internal: 500,
  unavailable: 503,
  /** A read took longer than READ_TIMEOUT_MS and was stopped; the detail says which filter would narrow it. */
  read_timeout: 503,
  /** Only at start: another process holds the file, a newer schema, a file of another program. */
  cannot_start: 503,
} as const;

export type ErrorCode = keyof typeof STATUS_BY_CODE;

/** A wrong member or parameter, by name, and what is wrong with it. */
export interface Failure {
  readonly name: string;
  readonly problem: string;
}

interface AppErrorOptions {
  /** What is wrong, where it is the request's fields. Told to the client one by one when there are several. */
  readonly failures?: readonly Failure[];
  /** For the log only: what an operator needs and a stranger must not see. Never a secret, a signature or a text. */
  readonly reason?: string | undefined;
  readonly cause?: unknown;
}

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly failures: readonly Failure[];
  readonly reason: string | undefined;

  /** `detail` is told to the client as it stands. */
  constructor(code: ErrorCode, detail: string, options: AppErrorOptions = {}) {
    super(detail, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.failures = options.failures ?? [];
    this.reason = options.reason;
  }
}

/** One error whose detail names each failure: `from: …; ts: …`. */
export function invalidFields(failures: readonly Failure[]): AppError {
  const detail = failures.map(({ name, problem }) => `${name}: ${problem}`).join("; ");
  return new AppError("invalid", detail, { failures });
}
