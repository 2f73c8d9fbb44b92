import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Message } from "../../../src/message.ts";
import { useCell } from "../../cell.ts";
import { CopyButton } from "../../copy-button.tsx";
import { Icon } from "../../icons.tsx";
import { PartyChip } from "../../party-chip.tsx";
import { access } from "../../session.ts";
import { Trouble } from "../../trouble.tsx";
import { useAnswer, useRefresh } from "../../use-answer.ts";
import { Marked } from "./list/marked.tsx";
import { wholeTime } from "../../times.ts";
import { RECOUNT_EVERY_MS } from "./listing/use-listing.ts";

interface Props {
  readonly id: string;
  /** Undefined where the list does not hold it: then it is asked for. */
  readonly message: Message | undefined;
  readonly needle: string;
  readonly onClose: () => void;
  /** To the message so many further down in the list. */
  readonly onStep: (by: number) => void;
  readonly onFilter: (name: "from" | "to", party: string) => void;
  /** Asks first. */
  readonly onErase: () => void;
}

export function Detail(props: Props): VNode {
  const { id, message, onClose, onStep } = props;
  const title = useRef<HTMLHeadingElement>(null);
  // Who opened it reads it next.
  useEffect(() => title.current?.focus({ preventScroll: true }), []);
  return (
    <section class="detail" aria-labelledby="detail-title">
      <div class="detail-head">
        <button type="button" class="quiet back" onClick={onClose} aria-label="Close the message">
          <Icon name="back" />
          <Icon name="close" />
        </button>
        <h2 id="detail-title" ref={title} tabIndex={-1}>
          Message
        </h2>
        <button type="button" class="quiet" onClick={() => onStep(-1)} aria-label="Newer message">
          <Icon name="up" />
        </button>
        <button type="button" class="quiet" onClick={() => onStep(1)} aria-label="Older message">
          <Icon name="down" />
        </button>
      </div>
      {message === undefined ? (
        <Asked {...props} key={id} />
      ) : (
        <Contents {...props} message={message} key={id} />
      )}
    </section>
  );
}

function Asked(props: Props): VNode {
  const answered = useAnswer<Message>(`messages/${encodeURIComponent(props.id)}`);
  const { body, failure, again } = answered;
  // Others may erase it.
  useRefresh(answered, RECOUNT_EVERY_MS);
  if (failure?.kind === "absent") return <p class="hint">There is no message with this id here.</p>;
  if (body !== undefined) return <Contents {...props} message={body} />;
  return failure === undefined ? <p class="hint">Loading…</p> : <Trouble failure={failure} again={again} />;
}

function Contents({ message, needle, onFilter, onErase }: Props & { message: Message }): VNode {
  const { message_id, from, to, ts, text } = message;
  const granted = useCell(access);
  const json = JSON.stringify(message, null, 2);
  return (
    <div class="detail-body">
      <div class="parties">
        <Party name="from" party={from} onFilter={onFilter} />
        <Party name="to" party={to} onFilter={onFilter} />
      </div>
      <div class="text-block">
        <p class="text" dir="auto">
          {text === null || text === "" ? (
            <span class="no-text">This message has no text.</span>
          ) : (
            <Marked text={text} needle={needle} />
          )}
        </p>
        {text !== null && text !== "" && <CopyButton what="the text" text={text} />}
      </div>
      <dl class="facts">
        <div>
          <dt>Local time</dt>
          <dd>
            <time dateTime={ts}>{wholeTime(ts)}</time>
          </dd>
        </div>
        <div>
          <dt>As it was sent, in UTC</dt>
          <dd>
            <code>{ts}</code>
          </dd>
        </div>
        <div>
          <dt>Id</dt>
          <dd>
            <code>{message_id}</code>
            <CopyButton what="the id" text={message_id} />
          </dd>
        </div>
      </dl>
      <div class="lines-head">
        <h3 id="json-title">JSON</h3>
        <CopyButton what="the JSON" text={json} />
      </div>
      <pre tabIndex={0} aria-labelledby="json-title">
        {json}
      </pre>
      {granted?.role === "admin" && (
        <button type="button" class="button is-danger erase-one" onClick={onErase}>
          Erase
        </button>
      )}
    </div>
  );
}

function Party({
  name,
  party,
  onFilter,
}: Pick<Props, "onFilter"> & { name: "from" | "to"; party: string }): VNode {
  const role = name === "from" ? "Sender" : "Recipient";
  return (
    <div class="party">
      <PartyChip party={party} />
      <div>
        <span class="party-role">{role}</span>
        <bdi class="party-name">{party}</bdi>
      </div>
      <span class="party-buttons">
        <CopyButton what={`the ${role.toLowerCase()}`} text={party} />
        <button
          type="button"
          class="quiet"
          aria-label={`Only ${role.toLowerCase()} ${party}`}
          onClick={() => onFilter(name, party)}
        >
          <Icon name="filter" />
        </button>
      </span>
    </div>
  );
}
