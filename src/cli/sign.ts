import { buffer } from "node:stream/consumers";
import { Command } from "commander";
import { readClientConfig, readEnvironment } from "../config.ts";
import { sign } from "../webhook/verify.ts";
import { CommandError, EXIT } from "./exit.ts";

export function signCommand(): Command {
  return new Command("sign")
    .description("Print the X-Signature of standard input, byte for byte, under WEBHOOK_SECRET")
    .action(async () => {
      const secret = requireSecret(readClientConfig(readEnvironment(), undefined).secret);
      console.log(sign(await buffer(process.stdin), secret));
    });
}

/** Throws CommandError `usage` when there is none. */
export function requireSecret(secret: string | undefined): string {
  if (secret !== undefined) return secret;
  throw new CommandError(EXIT.usage, "WEBHOOK_SECRET is not set; give it in the environment or in .env");
}
