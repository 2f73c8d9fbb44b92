import { Command, CommanderError } from "commander";
import { AppError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { CommandError, EXIT, exitCodeOf } from "./exit.ts";

/** Each is loaded when it is asked for: the service needs nothing of what the others print with. */
const COMMANDS = new Map<string | undefined, () => Promise<Command>>([
  ["serve", async () => (await import("./serve.ts")).serveCommand()],
  ["send", async () => (await import("./send.ts")).sendCommand()],
  ["messages", async () => (await import("./messages.ts")).messagesCommand()],
  ["tail", async () => (await import("./tail.ts")).tailCommand()],
  ["stats", async () => (await import("./stats.ts")).statsCommand()],
  ["rejections", async () => (await import("./rejections.ts")).rejectionsCommand()],
  ["conflicts", async () => (await import("./conflicts.ts")).conflictsCommand()],
  ["erase", async () => (await import("./erase.ts")).eraseCommand()],
  ["check", async () => (await import("./check.ts")).checkCommand()],
  ["doctor", async () => (await import("./doctor.ts")).doctorCommand()],
  ["migrate", async () => (await import("./migrate.ts")).migrateCommand()],
  ["backup", async () => (await import("./backup.ts")).backupCommand()],
  ["restore", async () => (await import("./restore.ts")).restoreCommand()],
  ["export", async () => (await import("./export.ts")).exportCommand()],
  ["import", async () => (await import("./import.ts")).importCommand()],
  ["sign", async () => (await import("./sign.ts")).signCommand()],
]);

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
      "\nExit codes: 0 done, 1 refused, failed or not exact, 2 wrong flags, settings or input, 3 service not available." +
        "\nSettings come from the environment and from .env; docs/settings.md lists them.",
    );
  const asked = COMMANDS.get(argv[2]);
  // Help, and a name that is not known, need them all.
  for (const load of asked === undefined ? COMMANDS.values() : [asked]) {
    program.addCommand((await load()).exitOverride());
  }

  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed its message, or the help that was asked for.
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    } else if (error instanceof CommandError || error instanceof AppError) {
      const reason = error instanceof AppError ? error.reason : undefined;
      console.error(`lyftr: ${error.message}${reason === undefined ? "" : `: ${reason}`}`);
      process.exitCode = exitCodeOf(error);
    } else {
      throw error;
    }
  }
}
