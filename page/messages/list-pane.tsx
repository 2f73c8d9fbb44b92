import type { RefObject, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { Trouble } from "../trouble.tsx";
import { type Filter, isNarrowed } from "./filter.ts";
import { FirstRun } from "./first-run.tsx";
import { type ListHandle, MessageList } from "./list.tsx";
import type { Listing } from "./listing.ts";
import type { Active } from "./use-active.ts";
import type { Listed } from "./use-listing.ts";

interface Props {
  readonly listed: Listed;
  readonly openId: string | undefined;
  readonly active: Active;
  readonly handle: RefObject<ListHandle | null>;
  readonly onOpen: (id: string) => void;
  readonly onClear: () => void;
}

/** How many there are, what arrived meanwhile, what is wrong, and the list; or what stands in its place. */
export function ListPane(props: Props): VNode {
  const { listed, handle } = props;
  const { shown, current } = listed;
  const [isAtTop, setAtTop] = useState(true);
  const arrived = useArrived(shown?.listing, isAtTop);
  return (
    <>
      <div class="list-head">
        <p class="total" role="status">
          {shown !== undefined && wordsOf(shown.listing.total, shown.filter)}
        </p>
        {arrived > 0 && (
          <button type="button" class="arrived" onClick={() => handle.current?.toTop()}>
            <Icon name="up" />
            {arrived.toLocaleString()} new {arrived === 1 ? "message" : "messages"}
          </button>
        )}
      </div>
      {current?.failure !== undefined && <Trouble failure={current.failure} again={() => current.retry()} />}
      <Rows {...props} onMove={setAtTop} />
    </>
  );
}

function Rows(props: Props & { onMove: (isAtTop: boolean) => void }): VNode | null {
  const { listed, openId, active, handle, onOpen, onClear, onMove } = props;
  const { shown, current } = listed;
  if (shown === undefined)
    return current?.failure === undefined ? <div class="list" aria-busy="true" /> : null;
  if (shown.listing.total > 0) {
    return (
      <MessageList
        listing={shown.listing}
        needle={shown.filter.q}
        openId={openId}
        activeIndex={active.index}
        handle={handle}
        onOpen={({ message_id }) => onOpen(message_id)}
        onKeyDown={active.onKeyDown}
        onMove={onMove}
      />
    );
  }
  if (!isNarrowed(shown.filter)) return <FirstRun />;
  return (
    <div class="nothing">
      <p>No message matches.</p>
      <button type="button" class="button" onClick={onClear}>
        Show all messages
      </button>
    </div>
  );
}

/** How many more there are than when the newest were last in sight. */
function useArrived(listing: Listing | undefined, isAtTop: boolean): number {
  const [seen, setSeen] = useState<{ listing: Listing | undefined; total: number }>({
    listing: undefined,
    total: 0,
  });
  const total = listing?.total ?? 0;
  useEffect(() => {
    if (isAtTop || seen.listing !== listing) setSeen({ listing, total });
  }, [isAtTop, listing, total]);
  return seen.listing === listing && !isAtTop ? Math.max(0, total - seen.total) : 0;
}

function wordsOf(total: number, filter: Filter): string {
  const count = `${total.toLocaleString()} ${total === 1 ? "message" : "messages"}`;
  return isNarrowed(filter) ? `${count} found` : count;
}
