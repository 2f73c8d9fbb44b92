/**
 * What is shown is in the address, behind its `#`: `#/messages?q=hello`. So every view can be shared, the back button works, and the
 * paths of the service stay its own.
 */
import { createCell } from "./cell.ts";

export interface Route {
  /** The name of a view. */
  readonly view: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const FIRST_VIEW = "messages";

export const route = createCell(readRoute(location.hash));

for (const event of ["popstate", "hashchange"])
  addEventListener(event, () => route.set(readRoute(location.hash)));

function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?");
  return {
    view: path === "" ? FIRST_VIEW : path,
    parameters: Object.fromEntries(new URLSearchParams(query)),
  };
}

export function formatRoute({ view, parameters }: Route): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== "");
  return `#/${view}${given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`}`;
}

/** `replace` stays at the same entry of the history. */
export function goTo(next: Route, how: "push" | "replace" = "push"): void {
  const address = formatRoute(next);
  if (address === formatRoute(route.get())) return;
  history[how === "push" ? "pushState" : "replaceState"](null, "", address);
  route.set(next);
}
