/**
 * Every expected failure is an AppError with one of these codes, and this table is the only place
 * where a code becomes an HTTP status. Imports nothing.
 */
export const STATUS_BY_CODE = {
  malformed_request: 400,
  invalid_signature: 401,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  too_large: 413,
  unsupported_encoding: 415,
  invalid: 422,
  headers_too_large: 431,
  internal: 500,
  unavailable: 503,
  /** Only at start: another process holds the file, a newer schema, a file of another program. */
  cannot_start: 503,
} as const;

export type ErrorCode = keyof typeof STATUS_BY_CODE;

/** One wrong field. `pointer` is a JSON Pointer in URI fragment form (RFC 6901 §6, as in RFC 9457 §3). */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

interface AppErrorOptions {
  /** Told to the client when more than one field is wrong. */
  readonly fields?: readonly FieldError[];
  /** For the log only: what an operator needs and a stranger must not see. Never a secret, a signature or a text. */
  readonly reason?: string | undefined;
  readonly cause?: unknown;
}

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly fields: readonly FieldError[];
  readonly reason: string | undefined;

  /** `detail` is told to the client as it stands. */
  constructor(code: ErrorCode, detail: string, options: AppErrorOptions = {}) {
    super(detail, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.fields = options.fields ?? [];
    this.reason = options.reason;
  }
}

/** Failures of several fields as one error, whose detail names each: `from: …; ts: …`. */
export function invalidFields(failures: readonly { name: string; problem: string }[]): AppError {
  const detail = failures.map(({ name, problem }) => `${name}: ${problem}`).join("; ");
  const fields = failures.map(({ name, problem }) => ({ pointer: `#/${name}`, detail: problem }));
  return new AppError("invalid", detail, { fields });
}
