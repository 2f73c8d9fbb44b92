import type { ComponentChildren, VNode } from "preact";

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
  return (
    <section class="panel" aria-labelledby={name}>
      <h2 id={name} tabIndex={-1}>
        {title}
      </h2>
      <p class="panel-sum">{sum}</p>
      <ul class="entries">{children}</ul>
      {hasMore && onMore !== undefined && (
        <button type="button" class="quiet" onClick={onMore}>
          Show more
        </button>
      )}
    </section>
  );
}
