import type { VNode } from "preact";
import type { Rejection, RejectionsAnswer } from "../../../src/rejection-schemas.ts";
import { wholeTime } from "../../times.ts";
import { Entry, Fact } from "./entry.tsx";
import { Listed, type ListProps } from "./listed.tsx";

/** Requests that were refused, each with its reason. */
export function Rejections(props: ListProps<RejectionsAnswer>): VNode {
  const { body, openId, onToggle, onMore } = props;
  const { data, total } = body;
  return (
    <Listed
      onMore={onMore}
      name="rejections"
      title="Refused requests"
      sum={sumWords(data.length, total)}
      hasMore={total > data.length}
    >
      {data.map((rejection) => (
        <Entry
          key={rejection.request_id}
          id={rejection.request_id}
          at={rejection.at}
          badge={String(rejection.status)}
          title={rejection.reason}
          isOpen={rejection.request_id === openId}
          onToggle={() => onToggle(rejection.request_id)}
        >
          <Facts rejection={rejection} />
        </Entry>
      ))}
    </Listed>
  );
}

function sumWords(shown: number, kept: number): string {
  if (kept === 0) return "None of late";
  return shown < kept ? `The last ${shown} of ${kept.toLocaleString()}` : `${kept.toLocaleString()} of late`;
}

function Facts({ rejection }: { rejection: Rejection }): VNode {
  const { at, cause, address, message_id: id, body_bytes: bytes, body_sha256: sha } = rejection;
  return (
    <dl class="facts">
      {cause !== null && <Fact name="What the sender seems to do" value={cause} />}
      <Fact name="Answered" value={wholeTime(at)} />
      <Fact name="Sent from" value={address} isCopied />
      <Fact name="Request id" value={rejection.request_id} isCopied />
      {id !== null && <Fact name="Message id" value={id} isCopied />}
      {bytes !== null && <Fact name="Body" value={`${bytes.toLocaleString()} bytes`} />}
      {sha !== null && <Fact name="SHA-256 of the body" value={sha} isCopied />}
    </dl>
  );
}
