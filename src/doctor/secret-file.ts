import { statSync } from "node:fs";
import { type Finding, ok, warn } from "../finding.ts";

/** As config.ts reads it. */
const FILE = ".env";
const OTHERS_READ = 0o044;

/** That nobody else on the machine reads the secrets. Nothing where there is no such file, or no such rights. */
export function* examineSecretFile(): Generator<Finding> {
  const stat = statSync(FILE, { throwIfNoEntry: false });
  if (stat === undefined || process.platform === "win32") return;
  const mode = (stat.mode & 0o777).toString(8);
  if ((stat.mode & OTHERS_READ) === 0) yield ok(FILE, `only its owner reads it (mode ${mode})`);
  else yield warn(FILE, `others on this machine read the secrets in it (mode ${mode})`, `chmod 600 ${FILE}`);
}
