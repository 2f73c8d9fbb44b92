import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Drawn } from "./plot.ts";
import { bucketWords } from "./words.ts";

/** More rows than this nobody reads, and a browser is slow to lay out. */
const ROWS_SHOWN_MAX = 400;

/** The same as the bars, for who cannot see them: the last first. Made only when it is unfolded. */
export function TimelineTable({ drawn, hrefOf }: { drawn: Drawn; hrefOf: (start: number) => string }): VNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a table</summary>
      {isOpen && <Rows drawn={drawn} hrefOf={hrefOf} />}
    </details>
  );
}

function Rows({ drawn, hrefOf }: Parameters<typeof TimelineTable>[0]): VNode {
  const { buckets, bucket } = drawn;
  const rows = buckets.slice(-ROWS_SHOWN_MAX).toReversed();
  return (
    <table>
      <caption>
        {rows.length < buckets.length
          ? `The last ${rows.length} of ${buckets.length.toLocaleString()} ${bucket}s with messages; zoom in for the others.`
          : `All ${bucket}s with messages.`}
      </caption>
      <thead>
        <tr>
          <th scope="col">{bucket === "hour" ? "Hour" : "Day"}, UTC</th>
          <th scope="col">Messages</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ start, count }) => (
          <tr key={start}>
            <th scope="row">
              <a href={hrefOf(start)}>{bucketWords(start, bucket)}</a>
            </th>
            <td>{count.toLocaleString()}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
