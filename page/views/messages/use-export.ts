import type { FormatName } from "../../../src/written-formats.ts";
import { createCell, useCell } from "../../cell.ts";
import { isTokenNeeded } from "../../session.ts";
import { Export, keepFile } from "./export.ts";
import { fetchPageOf } from "./listing/fetch-page.ts";
import type { Filter } from "./filter.ts";

/** The one export of the page. It goes on while other views are looked at, and ends with the session. */
const current = createCell<Export | undefined>(undefined);
/** Another for each change in it. */
const change = createCell({});

isTokenNeeded.subscribe(() => end());

/** Returns the export, what begins one of what a filter lists, and what ends it. */
export function useExport(): [Export | undefined, (filter: Filter, format: FormatName) => void, () => void] {
  useCell(change);
  return [useCell(current), begin, end];
}

function begin(filter: Filter, format: FormatName): void {
  end();
  const began = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  const one = new Export(format, fetchPageOf(filter), () => {
    change.set({});
    if (one.file === undefined) return;
    removeEventListener("beforeunload", askToStay);
    keepFile(one.file, `messages-${began}Z.${format}`);
  });
  current.set(one);
  addEventListener("beforeunload", askToStay);
  void one.run();
}

function end(): void {
  current.get()?.cancel();
  current.set(undefined);
  removeEventListener("beforeunload", askToStay);
}

/** What was written so far is in this page alone. */
function askToStay(event: Event): void {
  event.preventDefault();
}
