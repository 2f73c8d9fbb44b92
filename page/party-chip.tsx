import type { VNode } from "preact";

/** styles/base.css has so many. */
const HUES = 8;

/** A colour and two digits by which one sees at a glance whose messages belong together. */
export function PartyChip({ party }: { party: string }): VNode {
  let sum = 0;
  for (const character of party) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return (
    <span class={`chip hue-${sum % HUES}`} aria-hidden="true">
      {Array.from(party).slice(-2).join("")}
    </span>
  );
}
