import { existsSync } from "node:fs";
import { fail, type Finding, ok } from "../finding.ts";

/** Before it this program was not written. */
const FIRST_YEAR = 2026;
const LAST_YEAR = 2100;
/** systemd-timesyncd makes it when it has set the clock, and chrony has its socket there. */
const SYNCHRONISED = ["/run/systemd/timesync/synchronized", "/run/chrony/chronyd.sock"];

export function* examineClock(nowMs: () => number): Generator<Finding> {
  const now = new Date(nowMs());
  const year = now.getUTCFullYear();
  if (year < FIRST_YEAR || year > LAST_YEAR) {
    yield fail(
      "clock",
      `it says ${now.toISOString()}`,
      "set it: Standard Webhooks are refused by it, and conflicts dated",
    );
    return;
  }
  const by = SYNCHRONISED.some((path) => existsSync(path))
    ? "a time service keeps it"
    : "whether a time service keeps it cannot be told here";
  yield ok("clock", `${now.toISOString()}; ${by}`);
}
