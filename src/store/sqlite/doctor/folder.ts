import { accessSync, constants, statSync } from "node:fs";
import { fail, type Finding, ok, warn } from "../../../finding.ts";
import { freeBytes } from "../../room.ts";
import { RESERVE_BYTES_MIN } from "../disk-room.ts";

const MIB = 1024 * 1024;
/** At some 600 bytes a message, room for some million messages and their logs. */
const ROOM_WARNED_BYTES = 1024 * MIB;
const OTHERS = 0o077;
const OTHERS_READ = 0o044;

interface Folder {
  readonly isWritable: boolean;
  readonly findings: readonly Finding[];
}

/** `free`: the bytes that are free there. `isThere`: else it is the one in which the service would make it. */
export function folderFindings(folder: string, isThere: boolean, free = freeBytes): Folder {
  const rights = isThere ? rightsFinding(folder) : umaskFinding();
  const isWritable = canWrite(folder);
  const findings = [
    isWritable
      ? ok("data folder", isThere ? folder : `not there yet; it will be made in ${folder}`)
      : fail(
          "data folder",
          `this user may not write in ${folder}`,
          "run this as the user of the service, or chown it",
        ),
    ...(rights === null ? [] : [rights]),
    roomFinding(free(folder)),
  ];
  return { isWritable, findings };
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function rightsFinding(folder: string): Finding | null {
  if (process.platform === "win32") return null;
  const rights = statSync(folder).mode & 0o777;
  const mode = rights.toString(8);
  if ((rights & OTHERS_READ) === 0)
    return ok("rights of the data folder", `nobody else reads it (mode ${mode})`);
  const says = `others on this machine read every message in it (mode ${mode})`;
  return warn("rights of the data folder", says, `chmod 700 ${folder}`);
}

function umaskFinding(): Finding | null {
  if (process.platform === "win32") return null;
  const mask = process.umask();
  const said = mask.toString(8).padStart(3, "0");
  if ((mask & OTHERS) === OTHERS) return ok("umask", `${said}: nobody else reads what is made`);
  const says = `${said}: others on this machine will read the data folder`;
  return warn("umask", says, "set umask 077 for the service, or make the folder with mode 700");
}

function roomFinding(free: number): Finding {
  const says = `${Math.floor(free / MIB)} MiB are free`;
  const reserve = `below ${RESERVE_BYTES_MIN / MIB} MiB messages are turned away`;
  if (free < RESERVE_BYTES_MIN) return fail("disk room", `${says}; ${reserve}`, "make room");
  if (free < ROOM_WARNED_BYTES)
    return warn("disk room", `${says}; ${reserve}`, "make room, or enlarge the disk");
  return ok("disk room", says);
}
