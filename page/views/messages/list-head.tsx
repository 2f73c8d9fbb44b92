import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { counted } from "../../counted.ts";
import { Icon } from "../../icons.tsx";
import { isNarrowed, keyOf } from "./filter.ts";
import type { Listing } from "./listing/listing.ts";
import type { Listed } from "./listing/use-listing.ts";
import { useSaid } from "./use-said.ts";

interface Props {
  /** Undefined where it is of another filter than was asked for. */
  readonly shown: Listed["shown"];
  /** What was asked for takes its time. */
  readonly isLate: boolean;
  readonly isAtTop: boolean;
  readonly isPaused: boolean;
  readonly onPause: (isPaused: boolean) => void;
  readonly areToolsOpen: boolean;
  readonly onTools: (areOpen: boolean) => void;
  readonly onShowArrived: () => void;
}

/** How many there are, what arrived meanwhile, and whether it comes in by itself. */
export function ListHead(props: Props): VNode {
  const { shown, isLate, isAtTop, isPaused, onPause, areToolsOpen, onTools, onShowArrived } = props;
  const arrived = useArrived(shown?.listing, isAtTop);
  return (
    <div class="list-head">
      <p class="total">{isLate ? "Looking…" : foundWords(shown)}</p>
      <Said {...{ shown, isLate, isPaused }} />
      {arrived > 0 && (
        <button type="button" class="arrived" onClick={onShowArrived}>
          <Icon name="up" />
          {counted(arrived, "new message")}
        </button>
      )}
      <button
        type="button"
        class="quiet pause"
        title={isPaused ? undefined : "Pause"}
        aria-label={isPaused ? "Paused: let in what arrives" : "Pause"}
        onClick={() => onPause(!isPaused)}
      >
        <Icon name={isPaused ? "play" : "pause"} />
        {isPaused && <span>Paused</span>}
      </button>
      <button
        type="button"
        class="quiet"
        title="More"
        aria-label="More"
        aria-expanded={areToolsOpen}
        aria-controls="list-tools"
        onClick={() => onTools(!areToolsOpen)}
      >
        <Icon name="more" />
      </button>
    </div>
  );
}

/** Of the list, what is told to who reads by ear. */
function Said({ shown, isLate, isPaused }: Pick<Props, "shown" | "isLate" | "isPaused">): VNode {
  const total = shown === undefined ? 0 : shown.listing.total + shown.listing.heldBack;
  const found = `${shown !== undefined && isNarrowed(shown.filter) ? "Found" : "Listed"}: ${counted(total, "message")}`;
  const said = useSaid({ shown: shown && keyOf(shown.filter), found, total, isPaused });
  return (
    <p class="unseen" role="status">
      {isLate ? "Searching…" : said}
    </p>
  );
}

/** How many are held back, and how many more there are than when the newest were last in sight. */
function useArrived(listing: Listing | undefined, isAtTop: boolean): number {
  const [seen, setSeen] = useState<{ listing: Listing | undefined; total: number }>({
    listing: undefined,
    total: 0,
  });
  const total = listing?.total ?? 0;
  useEffect(() => {
    if (isAtTop || seen.listing !== listing) setSeen({ listing, total });
  }, [isAtTop, listing, total]);
  const above = seen.listing === listing && !isAtTop ? Math.max(0, total - seen.total) : 0;
  return above + (listing?.heldBack ?? 0);
}

function foundWords(shown: Props["shown"]): string {
  if (shown === undefined) return "";
  const count = counted(shown.listing.total, "message");
  return isNarrowed(shown.filter) ? `${count} found` : count;
}
