import type { ComponentChildren, VNode } from "preact";
import { CopyButton } from "../../copy-button.tsx";
import { shortTime, wholeTime } from "../../times.ts";

interface EntryProps {
  readonly id: string;
  readonly at: string;
  readonly badge: string;
  readonly title: string;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly children: ComponentChildren;
}

/** A line that unfolds what is known of it. */
export function Entry({ id, at, badge, title, isOpen, onToggle, children }: EntryProps): VNode {
  const details = `entry-${id}`;
  return (
    <li class="entry">
      <button type="button" aria-expanded={isOpen} aria-controls={details} onClick={onToggle}>
        <span class="badge">{badge}</span>
        <span class="entry-title">{title}</span>
        <time dateTime={at} title={wholeTime(at)}>
          {shortTime(at, new Date())}
        </time>
      </button>
      <div id={details} hidden={!isOpen}>
        {isOpen && children}
      </div>
    </li>
  );
}

/** `copied` is what the button beside it copies; without it there is none. */
export function Fact({
  name,
  value,
  isCopied = false,
}: {
  name: string;
  value: string;
  isCopied?: boolean;
}): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {isCopied ? <code>{value}</code> : <span>{value}</span>}
        {isCopied && <CopyButton what={name.toLowerCase()} text={value} />}
      </dd>
    </div>
  );
}
