import type { VNode } from "preact";
import type { Conflict } from "../../../src/conflict-schemas.ts";
import { wholeTime } from "../../times.ts";
import { formatRoute } from "../../route.ts";
import { Entry, Fact } from "./entry.tsx";
import { Listed, type ListProps } from "./listed.tsx";
import type { ConflictsPage } from "./look.ts";

/** Messages whose id came again with other content. */
export function Conflicts(props: ListProps<ConflictsPage>): VNode {
  const { body, openId, onToggle, onMore } = props;
  const { data, hasMore } = body;
  return (
    <Listed
      onMore={onMore}
      name="conflicts"
      title="Conflicts"
      sum={sumWords(data.length, hasMore)}
      hasMore={hasMore}
    >
      {data.map((conflict) => {
        const id = idOf(conflict);
        return (
          <Entry
            key={id}
            id={id}
            at={conflict.last_seen}
            badge={conflict.times === 1 ? "once" : `${conflict.times.toLocaleString()}×`}
            title={conflict.message_id}
            isOpen={id === openId}
            onToggle={() => onToggle(id)}
          >
            <Facts conflict={conflict} />
          </Entry>
        );
      })}
    </Listed>
  );
}

/** Of all contents that came under one id, this one. */
function idOf({ message_id: id, refused_sha256: sha }: Conflict): string {
  return `${sha.slice(0, 16)}-${encodeURIComponent(id)}`;
}

function sumWords(count: number, hasMore: boolean): string {
  if (count === 0) return "No id came again with other content";
  return hasMore ? `The last ${count}` : `${count.toLocaleString()} in all`;
}

function Facts({ conflict }: { conflict: Conflict }): VNode {
  const { message_id: id, differs } = conflict;
  return (
    <>
      <dl class="facts">
        <Fact name="Message id" value={id} isCopied />
        <Fact name="Differs in" value={differs.join(", ")} />
        <Fact name="First came" value={wholeTime(conflict.first_seen)} />
        <Fact name="Last came" value={wholeTime(conflict.last_seen)} />
        <Fact name="SHA-256 of what is kept" value={conflict.kept_sha256} isCopied />
        <Fact name="SHA-256 of what was refused" value={conflict.refused_sha256} isCopied />
      </dl>
      <a class="button" href={formatRoute({ view: "messages", parameters: { m: id } })}>
        Open the message that is kept
      </a>
    </>
  );
}
