import { Command } from "commander";
import type { Manifest } from "../backup/manifest.ts";
import { writeBackup } from "../backup/write-backup.ts";
import { readEnvironment, readStoreLocation } from "../config.ts";
import { counted } from "../counted.ts";
import { dumpStore } from "../store/open.ts";
import { printable } from "./client.ts";
import { tellingSystem } from "./exit.ts";
import { takeLowPriority } from "./low-priority.ts";
import { ShareProgress } from "./share-progress.ts";

const MIB_BYTES = 1024 * 1024;

export function backupCommand(): Command {
  return new Command("backup")
    .description("Write a verified copy of everything to a new folder; whether the service runs or not")
    .argument("<folder>", "made for the backup; must not be there yet")
    .option("--json", "print one JSON object")
    .action(
      tellingSystem(async (folder: string, flags: { readonly json?: true }) => {
        const store = readStoreLocation(readEnvironment());
        const progress = new ShareProgress(process.stderr, () => performance.now());
        try {
          const manifest = await writeBackup(folder, {
            engine: store.engine,
            dump: (part) => dumpStore(store, part, { tell: progress.show, copied: takeLowPriority }),
            tell: progress.show,
            now: Date.now,
          });
          progress.clear();
          console.log(flags.json ? printable({ backup: folder, ...manifest }) : verdict(folder, manifest));
        } finally {
          progress.clear();
        }
      }),
    );
}

function verdict(folder: string, { messages, conflicts, files, began_at }: Manifest): string {
  const mib = (files.reduce((sum, { bytes }) => sum + bytes, 0) / MIB_BYTES).toFixed(1);
  return `backed up: ${counted(messages, "message")} and ${counted(conflicts, "conflict")}, ${mib} MiB, verified, with all that was acknowledged before ${began_at}, in ${folder}`;
}
