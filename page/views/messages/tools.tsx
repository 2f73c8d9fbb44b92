import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { FORMAT_NAMES } from "../../../src/written-formats.ts";
import { useCell } from "../../cell.ts";
import { counted } from "../../counted.ts";
import { access } from "../../session.ts";
import { type ErasureAsked, erasureOf } from "./erase-dialog.tsx";
import type { Export } from "./export.ts";
import type { Filter } from "./filter.ts";
import { useExport } from "./use-export.ts";

interface Props {
  readonly filter: Filter;
  /** Of all that it shows. */
  readonly total: number;
  /** Else it is not shown; what it began goes on. */
  readonly isOpen: boolean;
  readonly onErase: (asked: ErasureAsked) => void;
}

/** What can be done with all that the list shows. */
export function Tools({ filter, total, isOpen, onErase }: Props): VNode {
  const granted = useCell(access);
  const [exporting, begin, end] = useExport();
  const erasure = granted?.role === "admin" && total > 0 ? erasureOf(filter) : undefined;
  const first = useRef<HTMLButtonElement>(null);
  const isExporting = exporting !== undefined && exporting.file === undefined;
  return (
    <div class="tools" id="list-tools" hidden={!isOpen}>
      {FORMAT_NAMES.map((format, index) => (
        <button
          key={format}
          ref={index === 0 ? first : null}
          type="button"
          class="button"
          aria-disabled={isExporting}
          onClick={() => !isExporting && begin(filter, format)}
        >
          Export {format === "csv" ? "CSV" : "NDJSON"}
        </button>
      ))}
      {erasure !== undefined && (
        <button type="button" class="button is-danger" onClick={() => onErase(erasure)}>
          Erase all {erasure.name === "from" ? "of" : "to"} <bdi>{erasure.value}</bdi>
        </button>
      )}
      {exporting !== undefined && (
        <ExportLine
          exporting={exporting}
          onEnd={() => {
            end();
            // The button goes with what it ended.
            first.current?.focus();
          }}
        />
      )}
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
