import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/**
 * Where a path leads through all symbolic links, whether a file is there yet or not; its folder has to be. One file has one lock, one
 * journal and one write-ahead log, which lie there.
 */
export function realPlace(path: string): string {
  const folder = realpathSync(dirname(path));
  const place = join(folder, basename(path));
  const isLink = lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink ? realPlace(resolve(folder, readlinkSync(place))) : place;
}
