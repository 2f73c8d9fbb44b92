import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Finding, Verdict } from "../../src/finding.ts";
import { deserted } from "./cli.ts";
import { runProgram } from "./program.ts";
import { tempFolder } from "./temp.ts";

export interface Diagnosis {
  readonly code: number | null;
  readonly stdout: string;
  /** The first of that subject. */
  of(subject: string): Omit<Finding, "advice"> & { readonly advice: string | null };
  readonly findings: readonly Finding[];
}

/** No sample, and long enough. */
const GOOD_SECRET = "0123456789abcdef0123456789abcdef";

/** `lyftr doctor --json` as a process of its own, in a folder of its own; nothing listens at HOST and PORT unless `env` says so. */
export async function runDoctor(
  t: TestContext,
  env: Readonly<Record<string, string>> = {},
  cwd = tempFolder(t),
): Promise<Diagnosis> {
  const { port } = new URL(await deserted());
  const { code, stdout, stderr } = await runProgram(["doctor", "--json"], {
    cwd,
    env: { WEBHOOK_SECRET: GOOD_SECRET, HOST: "127.0.0.1", PORT: port, ...env },
  });
  assert.equal(stderr, "");
  const { verdict, findings } = JSON.parse(stdout) as { verdict: Verdict; findings: readonly Finding[] };
  const has = (wanted: Verdict): boolean => findings.some((finding) => finding.verdict === wanted);
  assert.equal(verdict, has("fail") ? "fail" : has("warn") ? "warn" : "ok");
  if (code !== 2) assert.equal(code, verdict === "fail" ? 1 : 0);
  for (const finding of findings) {
    // What to do stands beside everything that is not as it should be.
    assert.equal((finding.advice ?? null) === null, finding.verdict === "ok", finding.subject);
  }
  return {
    code,
    stdout,
    findings,
    of(subject) {
      const found = findings.find((finding) => finding.subject === subject);
      assert.ok(found, `nothing is said of ${subject}: ${stdout}`);
      return { ...found, advice: found.advice ?? null };
    },
  };
}

/** A memory disk, as some machines have it for what is temporary, fails as it should. */
const OF_THE_DISK = new Set(["file system", "sync of the disk"]);

export function assertNothingFails({ findings, stdout }: Diagnosis): void {
  const failed = findings.filter(
    ({ verdict, subject }) => verdict === "fail" && !isOfMemory(findings, subject),
  );
  assert.deepEqual(failed, [], stdout);
}

function isOfMemory(findings: readonly Finding[], subject: string): boolean {
  return OF_THE_DISK.has(subject) && findings.some(({ says }) => /is in memory/.test(says));
}

export function assertFound(
  diagnosis: Diagnosis,
  subject: string,
  verdict: Verdict,
  words: RegExp = /./,
): void {
  const { advice, ...found } = diagnosis.of(subject);
  assert.equal(found.verdict, verdict, `${subject}: ${found.says}`);
  assert.match(`${found.says}${advice === null ? "" : ` → ${advice}`}`, words);
}
