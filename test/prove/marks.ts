/** Marks: what only one message has in its id and at both ends of its text, so that its bytes are told from all others in any file. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { State } from "./disk-states.ts";

const PREFIX = "proof-";
/** In decimal digits of a serial, and what ends it. */
const REST_BYTES_MAX = 12;

/** No mark is a part of another. */
export function markOf(serial: number): string {
  return `${PREFIX}${serial}.`;
}

/** The files that hold each mark, by mark. */
export function marksIn(files: Iterable<readonly [name: string, content: Buffer]>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [name, content] of files) {
    for (const mark of marksOf(content)) found.set(mark, [...(found.get(mark) ?? []), name]);
  }
  return found;
}

/** Of the files right in the folder, of which none may go meanwhile. */
export function marksInFolder(folder: string): Map<string, string[]> {
  return marksIn(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const));
}

export function* filesOf(state: State): Generator<readonly [name: string, content: Buffer]> {
  for (const [name, content] of state) if (content !== "folder") yield [name, content];
}

/** In words, the files in which bytes of these messages are left. */
export function bytesLeft(marks: ReadonlyMap<string, readonly string[]>, ids: Iterable<string>): string[] {
  return [...ids].flatMap((id) => (marks.has(id) ? [`${id} in ${marks.get(id)?.join(", ") ?? ""}`] : []));
}

function marksOf(content: Buffer): Set<string> {
  const marks = new Set<string>();
  for (let at = content.indexOf(PREFIX); at !== -1; at = content.indexOf(PREFIX, at + 1)) {
    const end = at + PREFIX.length + REST_BYTES_MAX;
    const mark = /^proof-\d+\./.exec(content.toString("latin1", at, end))?.[0];
    if (mark !== undefined) marks.add(mark);
  }
  return marks;
}
