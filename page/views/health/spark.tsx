import type { VNode } from "preact";

const HEIGHT = 28;
/** With fewer the line grows from the right. */
const STEPS_SHOWN_MIN = 30;

/** The course of a figure in the last minutes; what it is now is told beside it. Undefined is where there was none. */
export function Spark({ values }: { values: readonly (number | undefined)[] }): VNode {
  const most = Math.max(1e-9, ...values.map((value) => value ?? 0));
  const last = Math.max(STEPS_SHOWN_MIN, values.length) - 1;
  const from = last + 1 - values.length;
  const points = values.map(
    (value, index) => `${from + index},${(HEIGHT - 2 - ((value ?? 0) / most) * (HEIGHT - 4)).toFixed(1)}`,
  );
  return (
    <svg class="spark" viewBox={`0 0 ${last} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {points.length > 1 && (
        <>
          <polygon points={`${from},${HEIGHT} ${points.join(" ")} ${last},${HEIGHT}`} />
          <polyline points={points.join(" ")} />
        </>
      )}
    </svg>
  );
}
