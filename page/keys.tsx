/** What single keys do. They are told by `?`, and can be switched off there (WCAG 2.1.4). */
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { createCell, useCell } from "./cell.ts";
import { Icon } from "./icons.tsx";

const OFF_KEY = "lyftr-keys-off";

const SHORTCUTS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [["j", "↓"], "next message"],
  [["k", "↑"], "message before"],
  [["Enter"], "open the message"],
  [["Esc"], "close the message, or leave the search"],
  [["/"], "search"],
  [["g"], "to the newest"],
  [["p"], "pause, and go on"],
  [["←", "→"], "in the statistics: from bar to bar"],
  [["+", "−"], "in the statistics: zoom"],
  [["?"], "this list"],
];

const areOn = createCell(sessionStorage.getItem(OFF_KEY) === null);
export const isHelpOpen = createCell(false);

/** By the key's own name; true says that nobody else needs it. */
export type KeyActions = Readonly<Record<string, () => void>>;

/** While the component is there. A key typed into a field, with a modifier, or while a dialog is open does nothing of it, but for Escape. */
export function useKeys(actions: KeyActions): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const { key } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (document.querySelector("dialog[open]") !== null) return;
      if (key !== "Escape" && (!areOn.get() || isField(event.target))) return;
      const action = latest.current[key];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
}

function isField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select") !== null;
}

export function KeysButton(): VNode {
  return (
    <button type="button" class="rail-item" onClick={() => isHelpOpen.set(true)}>
      <Icon name="keyboard" />
      <span>Keys</span>
    </button>
  );
}

export function KeysDialog(): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = useCell(isHelpOpen);
  const isOn = useCell(areOn);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const setOn = (on: boolean): void => {
    if (on) sessionStorage.removeItem(OFF_KEY);
    else sessionStorage.setItem(OFF_KEY, "1");
    areOn.set(on);
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="keys-title" onClose={() => isHelpOpen.set(false)}>
      <h2 id="keys-title">Keys</h2>
      <dl class="keys">
        {SHORTCUTS.map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label class="switch">
        <input type="checkbox" checked={isOn} onChange={(event) => setOn(event.currentTarget.checked)} />
        <span>Keys of one character are on</span>
      </label>
      <form method="dialog">
        <button type="submit" class="button">
          Close
        </button>
      </form>
    </dialog>
  );
}
