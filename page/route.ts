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

/** What a view is given: all that it shows is in the address. */
export type ViewProps = Pick<Route, "parameters">;

const FIRST_VIEW = "messages";

export const route = createCell(readRoute(location.hash));

for (const event of ["popstate", "hashchange"])
  addEventListener(event, () => route.set(readRoute(location.hash)));

function readRoute(hash: string): Route {
  const [, path = "", query = ""] = /^#?\/?([^?]*)\??(.*)$/s.exec(hash) ?? [];
  return {
    view: path === "" ? FIRST_VIEW : path,
    parameters: Object.fromEntries(new URLSearchParams(query)),
  };
}

export function formatRoute({ view, parameters }: Route): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== "");
  return `#/${view}${given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`}`;
}

/** `push` begins an entry of the history, `replace` stays in it; `enter` begins one that `leave` goes back from. */
export type How = "push" | "replace" | "enter";

/** What an entry keeps that was entered. */
const ENTERED = "entered";

export function goTo(next: Route, how: How = "push"): void {
  const address = formatRoute(next);
  if (address === formatRoute(route.get())) return;
  if (how === "replace") history.replaceState(history.state, "", address);
  else history.pushState(how === "enter" ? ENTERED : null, "", address);
  route.set(next);
}

/** Back to where it was entered from, so that the way back does not lead through it again; to `next` where it was not entered. */
export function leave(next: Route): void {
  if (history.state === ENTERED) history.back();
  else goTo(next);
}
