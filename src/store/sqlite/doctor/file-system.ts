import { existsSync, readFileSync } from "node:fs";
import { fail, type Finding, ok, warn } from "../../../finding.ts";

const SUBJECT = "file system";
const MOUNTS = "/proc/mounts";

/** A write-ahead log needs memory shared by all who have the file open, and locks that hold (sqlite.org/wal.html). */
const OVER_A_NETWORK = /^(?:nfs4?|cifs|smb3|smbfs|9p|afs|ceph|lustre|glusterfs|ncpfs|fuse\..*)$/;
const IN_MEMORY = /^(?:tmpfs|ramfs)$/;
const OF_A_CONTAINER = /^(?:overlay|aufs)$/;

interface Mount {
  readonly at: string;
  readonly type: string;
}

export function* fileSystemFindings(folder: string): Generator<Finding> {
  if (!existsSync(MOUNTS)) {
    yield ok(SUBJECT, `its kind is not looked at: this system has no ${MOUNTS}`);
    return;
  }
  const mount = mountOf(folder, readFileSync(MOUNTS, "utf8"));
  if (mount !== null) yield fileSystemFinding(mount);
}

/** The mount that a path lies on, by the text of /proc/mounts (proc(5)). */
export function mountOf(path: string, mounts: string): Mount | null {
  let found: Mount | null = null;
  for (const line of mounts.split("\n")) {
    const [, escaped, type] = line.split(" ");
    if (escaped === undefined || type === undefined) continue;
    const at = escaped.replaceAll(/\\([0-7]{3})/g, (_, code: string) =>
      String.fromCodePoint(Number.parseInt(code, 8)),
    );
    const holds = path === at || path.startsWith(at === "/" ? at : `${at}/`);
    // Of two at one place, the later one lies on the other.
    if (holds && at.length >= (found?.at.length ?? 0)) found = { at, type };
  }
  return found;
}

export function fileSystemFinding({ at, type }: Mount): Finding {
  const says = `${type} on ${at}`;
  if (OVER_A_NETWORK.test(type)) {
    const words = `${says} is over a network or in user space: locks and shared memory may fail, and the file be damaged`;
    return fail(SUBJECT, words, "put the data on a disk of this machine, or use PostgreSQL");
  }
  if (IN_MEMORY.test(type)) {
    return fail(
      SUBJECT,
      `${says} is in memory: every message is lost with the power`,
      "put the data on a disk",
    );
  }
  if (OF_A_CONTAINER.test(type)) {
    const words = `${says} is a container's own: what is in it goes with the container`;
    return warn(SUBJECT, words, "mount a volume for the data folder");
  }
  return ok(SUBJECT, says);
}
