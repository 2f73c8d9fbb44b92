import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { useKeys } from "../keys.tsx";
import { goTo } from "../route.ts";
import type { ViewProps } from "../views.tsx";
import { Detail } from "./detail.tsx";
import { type Filter, filterOf } from "./filter.ts";
import { Filters } from "./filters.tsx";
import type { ListHandle } from "./list.tsx";
import { ListPane } from "./list-pane.tsx";
import { useActive } from "./use-active.ts";
import { useListing } from "./use-listing.ts";
import { useNarrow } from "./use-narrow.ts";

/** The list, what narrows it, and the message that is open. All of it is in the address. */
export function MessagesView({ parameters }: ViewProps): VNode {
  const filter = filterOf(parameters);
  const openId = parameters["m"] === undefined || parameters["m"] === "" ? undefined : parameters["m"];
  const listed = useListing(filter);
  const listing = listed.shown?.listing;
  const search = useRef<HTMLInputElement>(null);
  const handle = useRef<ListHandle>(null);
  const isSheet = useNarrow() && openId !== undefined;

  const show = (next: Filter, m: string | undefined, how: "push" | "replace" = "push"): void =>
    goTo({ view: "messages", parameters: { ...next, ...(m !== undefined && { m }) } }, how);
  const open = (id: string): void => show(filter, id, openId === undefined ? "push" : "replace");
  const close = (): void => {
    if (openId !== undefined) show(filter, undefined);
    else if (document.activeElement === search.current) search.current?.blur();
    handle.current?.focus();
  };
  const active = useActive(listing, handle, openId, open);

  useKeys({
    j: () => active.move(1),
    k: () => active.move(-1),
    g: () => active.moveTo(0),
    Escape: close,
    "/": () => search.current?.focus(),
  });

  return (
    <main class={`messages${openId === undefined ? "" : " has-open"}`} id="main" tabIndex={-1}>
      <div class="list-side" inert={isSheet}>
        <h1 class="unseen">Messages</h1>
        <Filters filter={filter} search={search} onChange={(next, how) => show(next, openId, how)} />
        <ListPane
          {...{ listed, openId, active, handle }}
          onOpen={open}
          onClear={() => show(filterOf({}), openId)}
        />
      </div>
      {openId !== undefined && (
        <Detail
          id={openId}
          message={listing?.rows.find(({ message_id }) => message_id === openId)}
          needle={filter.q}
          onClose={close}
          onStep={(by) => active.move(by)}
          onFilter={(name, party) => show({ ...filter, [name]: party }, openId)}
        />
      )}
    </main>
  );
}
