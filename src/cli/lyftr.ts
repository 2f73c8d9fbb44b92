import { Command, CommanderError } from "commander";
import { AppError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { CommandError, EXIT, exitCodeOf } from "./exit.ts";
import { messagesCommand } from "./messages.ts";
import { sendCommand } from "./send.ts";
import { serveCommand } from "./serve.ts";
import { signCommand } from "./sign.ts";
import { statsCommand } from "./stats.ts";

/** The whole command line; sets the exit code, and throws only what is a bug. */
export async function run(argv: readonly string[]): Promise<void> {
  const program = new Command("lyftr")
    .description(
      "The message inbox: receives signed webhook messages, keeps each exactly once, and finds them again.",
    )
    .version(VERSION)
    .exitOverride()
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 refused or failed, 2 wrong flags, settings or input, 3 service not available." +
        "\nSettings come from the environment and from .env; docs/settings.md lists them.",
    );
  for (const command of [serveCommand(), sendCommand(), messagesCommand(), statsCommand(), signCommand()]) {
    program.addCommand(command.exitOverride());
  }

  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed its message, or the help that was asked for.
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    } else if (error instanceof CommandError || error instanceof AppError) {
      console.error(`lyftr: ${error.message}`);
      process.exitCode = exitCodeOf(error);
    } else {
      throw error;
    }
  }
}
