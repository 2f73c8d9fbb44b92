import assert from "node:assert/strict";
import { readConfig } from "../../src/config.ts";
import type { Environment } from "../../src/settings.ts";
import { AppError } from "../../src/errors.ts";

export const REQUIRED = { WEBHOOK_SECRET: "testsecret" };

/** What readConfig says is wrong; fails when it finds nothing. */
export function refusal(environment: Environment): string {
  try {
    readConfig(environment);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, "cannot_start");
    return error.message;
  }
  throw new assert.AssertionError({ message: `accepted: ${JSON.stringify(environment)}` });
}
