/** Where the inbox page is served: PAGE_PATH. */
import { InvalidSetting } from "./invalid-setting.ts";

/** The first segments of the service's own paths, where no page can be. */
const TAKEN = new Set([
  "access",
  "conflicts",
  "docs",
  "health",
  "messages",
  "metrics",
  "openapi.json",
  "rejections",
  "stats",
  "webhook",
]);
const PATH = /^\/(?:[\w~-][\w.~-]*(?:\/[\w~-][\w.~-]*)*\/?)?$/;

/** With a slash at its end, below which the page's files are. Throws InvalidSetting. */
export function parsePagePath(value: string): string {
  if (!PATH.test(value)) throw new InvalidSetting(`must be a path such as / or /app, not "${value}"`);
  if (isTaken(value)) throw new InvalidSetting(`"${value}" is a path of the service itself; /app is free`);
  return value.endsWith("/") ? value : `${value}/`;
}

/** Whether a path is one of those that the service answers whatever PAGE_PATH says. */
export function isTaken(path: string): boolean {
  return TAKEN.has(path.split("/")[1] ?? "");
}
