/** All that `lyftr doctor` looks at, one after the other. Writes nothing but a file that it measures with, and removes. */
import type { Config } from "../config.ts";
import type { Finding } from "../finding.ts";
import { examineStore } from "../store/open.ts";
import { examineClock } from "./clock.ts";
import { examineProgram } from "./program.ts";
import { examineReaders } from "./readers.ts";
import { examineSecretFile } from "./secret-file.ts";
import { examineSecrets } from "./secrets.ts";
import { examineService } from "./service.ts";

/** `nowMs`: of the clock of this machine. */
export async function* examine(config: Config, nowMs: () => number): AsyncGenerator<Finding> {
  yield examineProgram();
  yield* examineSecrets(config);
  yield examineReaders(config);
  yield* examineSecretFile();
  yield* examineClock(nowMs);
  yield* examineStore(config.store, { readConnections: config.readConnections, nowMs });
  yield* examineService(config, nowMs);
}
