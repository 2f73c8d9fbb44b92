import { readdirSync, readFileSync } from "node:fs";

/** Kills every process that this one started, and those that these started. Does nothing where there is no /proc. */
export function killDescendants(): void {
  for (const pid of descendantsOf(process.pid)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile, which is what was wanted.
    }
  }
}

function descendantsOf(ancestor: number): number[] {
  const children = new Map<number, number[]>();
  for (const [pid, parent] of parents()) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const found: number[] = [];
  const look = (pid: number): void => {
    for (const child of children.get(pid) ?? []) {
      found.push(child);
      look(child);
    }
  };
  look(ancestor);
  return found;
}

/** Each process with the one that started it. */
function parents(): [pid: number, parent: number][] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): [number, number][] => {
      try {
        // The fields behind the command's name, which may hold spaces: the second is the parent.
        const parent = readFileSync(`/proc/${name}/stat`, "latin1").split(") ").at(-1)?.split(" ")[1];
        return [[Number(name), Number(parent)]];
      } catch {
        return [];
      }
    });
}
