import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { FORMAT_NAMES, type FormatName } from "../../src/written-formats.ts";
import { useCell } from "../cell.ts";
import { counted } from "../counted.ts";
import { access } from "../session.ts";
import { type ErasureAsked, erasureOf } from "./erase-dialog.tsx";
import { Export, keepFile } from "./export.ts";
import { fetchPageOf } from "./fetch-page.ts";
import type { Filter } from "./filter.ts";

interface Props {
  readonly filter: Filter;
  /** Else it is not shown; what it began goes on. */
  readonly isOpen: boolean;
  readonly onErase: (asked: ErasureAsked) => void;
}

/** What can be done with all that the list shows. */
export function Tools({ filter, isOpen, onErase }: Props): VNode {
  const granted = useCell(access);
  const [exporting, begin, end] = useExport(filter);
  const erasure = granted?.role === "admin" ? erasureOf(filter) : undefined;
  return (
    <div class="tools" id="list-tools" hidden={!isOpen}>
      {FORMAT_NAMES.map((format) => (
        <button
          key={format}
          type="button"
          class="button"
          disabled={exporting !== undefined && exporting.file === undefined}
          onClick={() => begin(format)}
        >
          Export {format === "csv" ? "CSV" : "NDJSON"}
        </button>
      ))}
      {erasure !== undefined && (
        <button type="button" class="button is-danger" onClick={() => onErase(erasure)}>
          Erase all {erasure.name === "from" ? "of" : "to"} <bdi>{erasure.value}</bdi>
        </button>
      )}
      {exporting !== undefined && <ExportLine exporting={exporting} onEnd={end} />}
    </div>
  );
}

function ExportLine({ exporting, onEnd }: { exporting: Export; onEnd: () => void }): VNode {
  const { written, total, file, failure } = exporting;
  return (
    <div class="export">
      <p role="status">
        {file !== undefined && `Exported: ${counted(written, "message")}`}
        {failure !== undefined && `Stopped: ${failure.message}`}
        {file === undefined && failure === undefined && "Exporting"}
      </p>
      {file === undefined && (
        <>
          <progress aria-label="Exported" value={written} max={Math.max(total, written, 1)} />
          <span>
            {written.toLocaleString()} of {Math.max(total, written).toLocaleString()}
          </span>
          {failure !== undefined && (
            <button type="button" class="button" onClick={() => void exporting.run()}>
              Go on
            </button>
          )}
          <button type="button" class="button" onClick={onEnd}>
            Cancel
          </button>
        </>
      )}
    </div>
  );
}

/** One export at a time; it ends with the view. */
function useExport(filter: Filter): [Export | undefined, (format: FormatName) => void, () => void] {
  const [exporting, setExporting] = useState<Export | undefined>(undefined);
  const [, draw] = useState({});
  useEffect(() => () => exporting?.cancel(), [exporting]);
  const begin = (format: FormatName): void => {
    const began = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
    const one = new Export(format, fetchPageOf(filter), () => {
      draw({});
      if (one.file !== undefined) keepFile(one.file, `messages-${began}Z.${format}`);
    });
    setExporting(one);
    void one.run();
  };
  return [exporting, begin, () => setExporting(undefined)];
}
