import { Command } from "commander";
import { readBackup } from "../backup/read-backup.ts";
import { readEnvironment, readStoreLocation } from "../config.ts";
import { counted } from "../counted.ts";
import { restoreStore } from "../store/open.ts";
import { shownLocation, type StoreLocation } from "../store-location.ts";
import { printable } from "./client.ts";
import { CommandError, EXIT, tellingSystem } from "./exit.ts";
import { ShareProgress } from "./share-progress.ts";

const ENGINE_NAMES = { sqlite: "SQLite", postgres: "PostgreSQL" };

export function restoreCommand(): Command {
  return new Command("restore")
    .description("Verify a backup and put it where DATABASE_URL says, if nothing is there yet")
    .argument("<folder>", "as lyftr backup made it")
    .option("--json", "print one JSON object")
    .action(
      tellingSystem(async (folder: string, flags: { readonly json?: true }) => {
        const store = readStoreLocation(readEnvironment());
        const place = shownLocation(store);
        const progress = new ShareProgress(process.stderr, () => performance.now());
        try {
          const backup = await readBackup(folder, progress.show);
          if (backup.engine !== store.engine) throw otherEngine(folder, backup.engine, store);
          await restoreStore(store, backup, progress.show);
          progress.clear();
          const { messages, conflicts, began_at } = backup;
          console.log(
            flags.json
              ? printable({ backup: folder, database: place, messages, conflicts, began_at })
              : `restored: ${counted(messages, "message")} and ${counted(conflicts, "conflict")}, as of ${began_at}, verified, in ${place}; start the service on it`,
          );
        } finally {
          progress.clear();
        }
      }),
    );
}

function otherEngine(
  folder: string,
  made: keyof typeof ENGINE_NAMES,
  { engine }: StoreLocation,
): CommandError {
  const advice = "restore it to its own engine, and move it with lyftr migrate";
  return new CommandError(
    EXIT.usage,
    `${folder} is a backup of ${ENGINE_NAMES[made]}, and DATABASE_URL names ${ENGINE_NAMES[engine]}: ${advice}`,
  );
}
