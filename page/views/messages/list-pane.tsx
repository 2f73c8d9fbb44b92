import type { RefObject, VNode } from "preact";
import { useState } from "preact/hooks";
import { Trouble } from "../../trouble.tsx";
import { useLate } from "../../use-late.ts";
import type { ErasureAsked } from "./erase-dialog.tsx";
import { isNarrowed } from "./filter.ts";
import { FirstRun } from "./first-run.tsx";
import { type ListHandle, MessageList } from "./list/list.tsx";
import { ListHead } from "./list-head.tsx";
import { Tools } from "./tools.tsx";
import type { Active } from "./list/use-active.ts";
import type { Listed } from "./listing/use-listing.ts";

interface Props {
  readonly listed: Listed;
  readonly openId: string | undefined;
  readonly active: Active;
  /** What arrives is only counted. */
  readonly isPaused: boolean;
  readonly onPause: (isPaused: boolean) => void;
  readonly onErase: (asked: ErasureAsked) => void;
  readonly handle: RefObject<ListHandle | null>;
  readonly onOpen: (id: string) => void;
  readonly onClear: () => void;
}

/** What is said of the list, what is wrong, and the list; or what stands in its place. */
export function ListPane(props: Props): VNode {
  const { listed, isPaused, handle, onPause } = props;
  const { shown, current } = listed;
  const [isAtTop, setAtTop] = useState(true);
  const [areToolsOpen, setToolsOpen] = useState(false);
  const isAnother = current !== shown?.listing;
  const isLate = useLate(isAnother && current?.failure === undefined);
  const showArrived = (): void => {
    if ((shown?.listing.heldBack ?? 0) > 0) shown?.listing.reread();
    handle.current?.toTop();
    // The button goes with what it let in.
    handle.current?.focus();
  };
  return (
    <>
      <ListHead
        {...{ isLate, isAtTop, isPaused, onPause, areToolsOpen }}
        shown={isAnother && current?.failure !== undefined ? undefined : shown}
        onTools={setToolsOpen}
        onShowArrived={showArrived}
      />
      {shown !== undefined && (
        <Tools
          filter={shown.filter}
          total={shown.listing.total}
          isOpen={areToolsOpen}
          onErase={props.onErase}
        />
      )}
      {current?.failure !== undefined && <Trouble failure={current.failure} again={() => current.retry()} />}
      <Rows {...props} isLate={isLate} onMove={setAtTop} />
    </>
  );
}

function Rows(props: Props & { isLate: boolean; onMove: (isAtTop: boolean) => void }): VNode | null {
  const { listed, isLate, openId, active, handle, onOpen, onClear, onMove } = props;
  const { shown, current } = listed;
  if (shown === undefined)
    return current?.failure === undefined ? <div class="list" aria-busy="true" /> : null;
  if (shown.listing.total > 0) {
    return (
      <MessageList
        listing={shown.listing}
        isBusy={isLate}
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
