import type { RefObject, VNode } from "preact";
import { useRef } from "preact/hooks";
import type { Message } from "../../../../src/message.ts";
import type { Listing } from "../listing/listing.ts";
import { EmptyRow, Row, ROW_PX, rowId } from "./row.tsx";
import { useSlideIn } from "./use-slide-in.ts";
import { useVirtualRows, type VirtualRows } from "./use-virtual-rows.ts";
import { VirtualScroll } from "./virtual-scroll.ts";

/** What others may ask of the list on the screen. */
export interface ListHandle {
  focus(): void;
  /** Scrolls as little as it takes. */
  reveal(index: number): void;
  toTop(): void;
  /** Rows in sight as a whole. */
  rowsInSight(): { readonly first: number; readonly count: number };
}

interface Props {
  readonly listing: Listing;
  /** Another is asked for, which takes its time. */
  readonly isBusy: boolean;
  readonly needle: string;
  readonly openId: string | undefined;
  readonly activeIndex: number;
  readonly handle: RefObject<ListHandle | null>;
  readonly onOpen: (message: Message) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  /** Told whether the newest are in sight. */
  readonly onMove: (isAtTop: boolean) => void;
}

/** The rows in sight, of however many there are. */
export function MessageList(props: Props): VNode {
  const { listing, isBusy, activeIndex, handle, onKeyDown, onMove } = props;
  const element = useRef<HTMLDivElement>(null);
  const space = useRef<HTMLDivElement>(null);
  const rows = useVirtualRows(element, listing, onMove);
  const { top, height, first, last } = rows;
  useSlideIn(space, listing, top <= 0);
  handle.current = {
    focus: () => element.current?.focus({ preventScroll: true }),
    toTop: () => rows.moveTo(0),
    reveal(index) {
      const wanted = Math.min(index * ROW_PX, Math.max(top, (index + 1) * ROW_PX - height));
      if (wanted !== top) rows.moveTo(wanted);
    },
    rowsInSight: () => ({ first: Math.ceil(top / ROW_PX), count: Math.max(1, Math.floor(height / ROW_PX)) }),
  };
  const isActiveDrawn = listing.at(activeIndex) !== undefined && activeIndex >= first && activeIndex < last;
  return (
    <div
      ref={element}
      class="list"
      role="listbox"
      aria-label="Messages"
      aria-busy={isBusy}
      tabIndex={0}
      aria-activedescendant={isActiveDrawn ? rowId(activeIndex) : undefined}
      onScroll={rows.scrolled}
      onScrollEnd={rows.settled}
      onKeyDown={onKeyDown}
    >
      <div
        ref={space}
        class="list-space"
        role="presentation"
        style={{ height: `${VirtualScroll.heightOf(listing.total * ROW_PX)}px` }}
      >
        {drawn(props, rows)}
      </div>
    </div>
  );
}

function drawn({ listing, needle, openId, activeIndex, onOpen }: Props, rows: VirtualRows): VNode[] {
  const { total } = listing;
  return Array.from({ length: Math.max(0, rows.last - rows.first) }, (_, count) => {
    const index = rows.first + count;
    const message = listing.at(index);
    const top = index * ROW_PX - rows.offset;
    if (message === undefined) return <EmptyRow key={`at ${index}`} top={top} />;
    return (
      <Row
        key={`id ${message.message_id}`}
        {...{ message, index, total, needle, top }}
        isOpen={message.message_id === openId}
        isActive={index === activeIndex}
        onClick={() => onOpen(message)}
      />
    );
  });
}
