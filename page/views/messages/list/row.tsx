import type { VNode } from "preact";
import type { Message } from "../../../../src/message.ts";
import { PartyChip } from "../../../party-chip.tsx";
import { MarkedLine } from "./marked.tsx";
import { shortTime } from "../../../times.ts";

/** The same for every row, whatever it holds: only so can a million of them be laid out without being looked at. styles/tokens.css has it too, in rem: the font of the browser may be larger. */
export const ROW_PX = 3.625 * parseFloat(getComputedStyle(document.documentElement).fontSize);

interface Props {
  readonly message: Message;
  readonly index: number;
  readonly total: number;
  readonly top: number;
  readonly needle: string;
  readonly isOpen: boolean;
  readonly isActive: boolean;
  readonly onClick: () => void;
}

export function Row({ message, index, total, top, needle, isOpen, isActive, onClick }: Props): VNode {
  const { message_id, from, to, ts, text } = message;
  return (
    <div
      class={`row${isOpen ? " is-open" : ""}${isActive ? " is-active" : ""}`}
      role="option"
      id={rowId(index)}
      data-id={message_id}
      aria-selected={isOpen}
      aria-posinset={index + 1}
      aria-setsize={total}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onClick}
    >
      <PartyChip party={from} />
      <span class="row-parties">
        <bdi class="row-from">{from}</bdi>
        <span class="row-to">
          <span aria-hidden="true">→ </span>
          <span class="unseen">to </span>
          <bdi>{to}</bdi>
        </span>
      </span>
      <time class="row-time" dateTime={ts}>
        {shortTime(ts, new Date())}
      </time>
      <span class="row-text" dir="auto">
        {text === null || text === "" ? (
          <span class="no-text">no text</span>
        ) : (
          <MarkedLine text={text} needle={needle} />
        )}
      </span>
    </div>
  );
}

/** Where a row will be that is not loaded yet. */
export function EmptyRow({ top }: { top: number }): VNode {
  return (
    <div class="row is-empty" aria-hidden="true" style={{ transform: `translateY(${top}px)` }}>
      <span class="chip" />
      <span class="bone bone-parties" />
      <span class="bone bone-text" />
    </div>
  );
}

export function rowId(index: number): string {
  return `row-${index}`;
}
