import type { VNode } from "preact";

const PATHS = {
  messages: "M4 5h16v12H9l-5 4z",
  statistics: "M4 20V10m6 10V4m6 16v-7m4 7H2",
  health: "M2 12h5l3-8 4 16 3-8h5",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14m5 12 5 5",
  filter: "M3 5h18l-7 8v6l-4-2v-4z",
  close: "M5 5l14 14M19 5 5 19",
  back: "M15 4l-8 8 8 8",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  keyboard: "M2 6h20v12H2zM6 10h.01M10 10h.01M14 10h.01M18 10h.01M7 14h10",
  up: "M12 20V5m-7 7 7-7 7 7",
  earlier: "M20 12H5m7-7-7 7 7 7",
  later: "M4 12h15m-7-7 7 7-7 7",
  down: "M12 4v15m-7-7 7 7 7-7",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  pause: "M8 5v14M16 5v14",
  play: "M7 4l12 8-12 8z",
  more: "M4 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0m7 0a1 1 0 1 0 2 0 1 1 0 1 0-2 0m7 0a1 1 0 1 0 2 0 1 1 0 1 0-2 0",
  leave: "M10 4H4v16h6M9 12h12m-5-5 5 5-5 5",
} as const;

export type IconName = keyof typeof PATHS;

/** Beside words, or in a button that has a label: it says nothing by itself. */
export function Icon({ name }: { name: IconName }): VNode {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
