import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fail, type Finding, ok, warn } from "../../../finding.ts";

const SUBJECT = "sync of the disk";
/** As many as take a second on a slow disk. */
const SYNCS = 32;
/** Of the write-ahead log. */
const PAGE_BYTES = 4096;
/** Quicker than any device answers, one in a battery's care included: then nothing was sent to it. */
const HONEST_MS_MIN = 0.02;
/** A message waits for one to two of them. */
const SLOW_MS = 20;

/** How long a commit waits for the disk, as SQLite has it sync its log. The file it is tried with is removed. */
export function syncFinding(folder: string): Finding {
  const path = join(folder, `.lyftr-doctor-${process.pid}`);
  try {
    return finding(measure(path));
  } catch (error) {
    return fail(
      SUBJECT,
      `it cannot be tried in ${folder}: ${String(error)}`,
      "see what is wrong with the disk",
    );
  } finally {
    rmSync(path, { force: true });
  }
}

function measure(path: string): number[] {
  const descriptor = openSync(path, "wx", 0o600);
  try {
    const page = Buffer.alloc(PAGE_BYTES, 1);
    return Array.from({ length: SYNCS }, () => {
      writeSync(descriptor, page);
      const started = performance.now();
      fdatasyncSync(descriptor);
      return performance.now() - started;
    }).toSorted((a, b) => a - b);
  } finally {
    closeSync(descriptor);
  }
}

/** `times` in order. */
export function finding(times: readonly number[]): Finding {
  const [median = 0, worst = 0] = [times[Math.floor(times.length / 2)], times.at(-1)];
  const says = `median ${shown(median)}, worst ${shown(worst)} of ${times.length}`;
  if (median < HONEST_MS_MIN) {
    const words = `${says}: no disk is as quick, so what is answered 200 may be lost with the power`;
    return fail(SUBJECT, words, "have the disk, its driver or the virtual machine honour syncs");
  }
  if (median > SLOW_MS) {
    const advice = "use a quicker disk; where other programs write to it as well, one for the data alone";
    return warn(SUBJECT, `${says}: each message waits as long for its answer`, advice);
  }
  return ok(SUBJECT, says);
}

function shown(ms: number): string {
  return ms < 1 ? `${Math.round(ms * 1000)} µs` : `${ms.toFixed(1)} ms`;
}
