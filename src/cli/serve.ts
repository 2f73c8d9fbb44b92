import { Command } from "commander";
import { isLoopback } from "../access.ts";
import { type Config, readConfig, readEnvironment, readSecrets } from "../config.ts";
import { createLog, type Log, type LogOutput } from "../log.ts";
import { startService } from "../main.ts";
import type { Secrets } from "../secrets.ts";
import { shownLocation } from "../store-location.ts";
import { sign } from "../webhook/verify.ts";

/** One that is closed says so by SIGHUP. Without one, whoever changed the secrets does. */
const IS_ON_TERMINAL = process.stdin.isTTY;

export function serveCommand(): Command {
  return new Command("serve")
    .description("Run the service until SIGTERM or SIGINT; SIGHUP has it read its secrets again")
    .action(serve);
}

async function serve(): Promise<void> {
  const config = readConfig(readEnvironment());
  const output = createLog(config.logLevel);
  dieLoudly(output);
  // Before anything is opened: a signal during the start stops the service as soon as it stands.
  const stopping = stopSignal();
  const service = await startService(config, output.log);
  console.error(banner(service.url, config));
  if (!IS_ON_TERMINAL) process.on("SIGHUP", () => readAgain(service.secrets, output.log));
  output.log.info({ url: service.url, database: shownLocation(config.store) }, "listening");

  const signal = await stopping;
  output.log.info({ signal }, "stopping");
  await service.close();
  output.log.info("stopped");
  output.flush();
  // A collector of traces that does not answer is still waited for by the SDK; nothing else is left.
  if (config.tracing !== undefined) process.exit();
}

/** The first signal to stop. A second one ends the process at once: what was acknowledged is durable anyway. */
function stopSignal(): Promise<string> {
  const signals = ["SIGTERM", "SIGINT", ...(IS_ON_TERMINAL ? ["SIGHUP"] : [])];
  return new Promise((resolve) => {
    const stop = (signal: string): void => {
      for (const name of signals) process.off(name, stop);
      resolve(signal);
    };
    for (const name of signals) process.on(name, stop);
  });
}

/** The secrets as `.env` has them now. Where they are wrong or cannot be read, those from before stay. */
function readAgain(secrets: Secrets, log: Log): void {
  try {
    const changed = secrets.accept(readSecrets(readEnvironment()));
    log.info({ changed, accepted: secrets.accepted.length }, "secrets are read again");
  } catch (error) {
    log.error({ reason: (error as Error).message }, "secrets are not read again: those from before stay");
  }
}

/** A fault of ours ends the process: whoever supervises it starts a fresh one, and the store recovers. */
function dieLoudly({ log, flush }: LogOutput): void {
  process.on("uncaughtException", (error) => {
    log.fatal({ err: error.stack ?? error.message }, "stopped by a fault");
    flush();
    process.exit(1);
  });
}

/** For the person who started it; on stderr, so that stdout holds nothing but JSON lines. */
function banner(url: string, config: Config): string {
  const lines = [
    `lyftr listens on ${url}`,
    `  inbox ${url}${config.pagePath}`,
    `  data  ${shownLocation(config.store)}`,
    `  docs  ${url}/docs`,
  ];
  // Only where no stranger could replay the sample.
  if (isLoopback(config.host)) lines.push(`  try   ${sampleCurl(url, config.secrets[0] ?? "")}`);
  return lines.join("\n");
}

function sampleCurl(url: string, secret: string): string {
  const sample = {
    message_id: "hello-1",
    from: "+919876543210",
    to: "+14155550100",
    ts: "2025-01-15T10:00:00Z",
    text: "Hello",
  };
  const body = JSON.stringify(sample);
  return `curl ${url}/webhook -H 'X-Signature: ${sign(Buffer.from(body), secret)}' -d '${body}'`;
}
