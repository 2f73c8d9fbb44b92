import type { RefObject, VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useKeys } from "../../keys.tsx";
import { goTo, type How, leave, type ViewProps } from "../../route.ts";
import { Detail } from "./detail.tsx";
import { type ErasureAsked, EraseDialog } from "./erase-dialog.tsx";
import { type Filter, filterOf } from "./filter.ts";
import { Filters } from "./filters.tsx";
import type { ListHandle } from "./list/list.tsx";
import { ListPane } from "./list-pane.tsx";
import { useActive } from "./list/use-active.ts";
import { useListing } from "./listing/use-listing.ts";
import { useSheet } from "./use-sheet.ts";
import { useStep } from "./use-step.ts";

/** The list, what narrows it, and the message that is open. All of it is in the address. */
export function MessagesView({ parameters }: ViewProps): VNode {
  const filter = filterOf(parameters);
  const openId = parameters["m"] === undefined || parameters["m"] === "" ? undefined : parameters["m"];
  const [isPaused, setPaused] = useState(false);
  const listed = useListing(filter, isPaused);
  const listing = listed.shown?.listing;
  const search = useRef<HTMLInputElement>(null);
  const handle = useRef<ListHandle>(null);
  const isSheet = useSheet(openId !== undefined);
  useClosed(openId, () => handle.current?.focus());

  const show = (next: Filter, m: string | undefined, how?: How): void =>
    goTo({ view: "messages", parameters: { ...next, ...(m !== undefined && { m }) } }, how);
  const open = (id: string): void => show(filter, id, openId === undefined ? "enter" : "replace");
  const close = (): void => {
    if (openId !== undefined) return leave({ view: "messages", parameters: filter });
    handle.current?.focus();
  };
  const active = useActive(listing, handle, openId, open);
  const { step, trouble } = useStep({ filter, listing, active, id: openId, open });

  const [eraseDialog, askToErase] = useErasing(handle, ({ name }) => {
    if (name === "id") show(filter, undefined, "replace");
    listed.current?.reread();
  });

  useKeys({
    j: () => step(1),
    k: () => step(-1),
    g: () => active.moveTo(0),
    Escape: close,
    p: () => setPaused(!isPaused),
    "/": () => search.current?.focus(),
  });

  return (
    <main class={`messages${openId === undefined ? "" : " has-open"}`} id="main" tabIndex={-1}>
      <div class="list-side" inert={isSheet}>
        <h1 class="unseen">Messages</h1>
        <Filters filter={filter} search={search} onChange={(next, how) => show(next, openId, how)} />
        <ListPane
          {...{ listed, openId, active, handle, isPaused }}
          onPause={setPaused}
          onErase={askToErase}
          onOpen={open}
          onClear={() => {
            show(filterOf({}), openId);
            // The button goes with what it clears.
            search.current?.focus();
          }}
        />
      </div>
      {openId !== undefined && (
        <Detail
          id={openId}
          message={listing?.rows.find(({ message_id }) => message_id === openId)}
          needle={filter.q}
          onClose={close}
          trouble={trouble}
          ends={[active.index === 0, active.index !== -1 && active.index + 1 === listing?.total]}
          onStep={step}
          // What it covers is what was asked for.
          onFilter={(name, party) => show({ ...filter, [name]: party }, isSheet ? undefined : openId)}
          onErase={() => askToErase({ name: "id", value: openId })}
        />
      )}
      {eraseDialog}
    </main>
  );
}

/** `closed` is called once the message that was open is gone from the page: what it covered can be reached by then. */
function useClosed(openId: string | undefined, closed: () => void): void {
  const before = useRef(openId);
  useEffect(() => {
    if (openId === undefined && before.current !== undefined) closed();
    before.current = openId;
  }, [openId]);
}

/** The dialog while there is one, and what opens it. */
function useErasing(
  handle: RefObject<ListHandle | null>,
  onErased: (asked: ErasureAsked) => void,
): [VNode | null, (asked: ErasureAsked) => void] {
  const [asked, ask] = useState<ErasureAsked | undefined>(undefined);
  if (asked === undefined) return [null, ask];
  const close = (isErased: boolean): void => {
    ask(undefined);
    // What opened it may be gone with the message.
    if (isErased) handle.current?.focus();
  };
  return [<EraseDialog asked={asked} onErased={() => onErased(asked)} onClose={close} />, ask];
}
