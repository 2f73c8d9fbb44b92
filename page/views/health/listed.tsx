import type { ComponentChildren, VNode } from "preact";
import { useRef } from "preact/hooks";

export interface ListProps<T> {
  readonly body: T;
  /** Of the line that is unfolded. */
  readonly openId: string | undefined;
  readonly onToggle: (id: string) => void;
  /** Undefined when no more of them can be asked for. */
  readonly onMore: (() => void) | undefined;
}

interface Props extends Pick<ListProps<unknown>, "onMore"> {
  /** Of the id by which it is found on the page. */
  readonly name: string;
  readonly title: string;
  readonly sum: string;
  readonly hasMore: boolean;
  readonly children: ComponentChildren;
}

/** A list of what went wrong. */
export function Listed({ name, title, sum, hasMore, onMore, children }: Props): VNode {
  const entries = useRef<HTMLUListElement>(null);
  return (
    <section class="panel" aria-labelledby={name}>
      <h2 id={name} tabIndex={-1}>
        {title}
      </h2>
      <p class="panel-sum">{sum}</p>
      <ul ref={entries} class="entries">
        {children}
      </ul>
      {hasMore && onMore !== undefined && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            onMore();
            // The button goes: the next Tab leads to the first of what comes.
            entries.current?.querySelector<HTMLElement>(".entry:last-child > button")?.focus();
          }}
        >
          Show more
        </button>
      )}
    </section>
  );
}
