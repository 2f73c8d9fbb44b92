import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Message } from "../../../src/message.ts";
import { get, messagePath } from "../../api.ts";
import { useCell } from "../../cell.ts";
import { CopyButton } from "../../copy-button.tsx";
import type { Failure } from "../../failure.ts";
import { IconButton } from "../../icon-button.tsx";
import { Icon } from "../../icons.tsx";
import { PartyChip } from "../../party-chip.tsx";
import { access } from "../../session.ts";
import { Trouble } from "../../trouble.tsx";
import { type Answered, useAsked, useRefresh } from "../../use-answer.ts";
import { Marked } from "./list/marked.tsx";
import { wholeTime } from "../../times.ts";
import { RECOUNT_EVERY_MS } from "./listing/use-listing.ts";
import type { Step } from "./use-step.ts";

interface Props {
  readonly id: string;
  /** Undefined where the list does not hold it: then it is asked for. */
  readonly message: Message | undefined;
  readonly needle: string;
  /** Of the last step. */
  readonly trouble: Step["trouble"];
  /** Whether it is the newest, the oldest of the list. */
  readonly ends: readonly [isNewest: boolean, isOldest: boolean];
  readonly onClose: () => void;
  /** To the next further down in the list (1), or up (-1). */
  readonly onStep: Step["step"];
  readonly onFilter: (name: "from" | "to", party: string) => void;
  /** Asks first. */
  readonly onErase: () => void;
}

export function Detail(props: Props): VNode {
  const { id, onClose, onStep } = props;
  const [isNewest, isOldest] = props.ends;
  const title = useRef<HTMLHeadingElement>(null);
  const { body: message, failure, again } = useMessage(id, props.message);
  // Who opened it reads it next.
  useEffect(() => title.current?.focus({ preventScroll: true }), []);
  return (
    <section class="detail" aria-labelledby="detail-title">
      <div class="detail-head">
        <button
          type="button"
          class="quiet back"
          onClick={onClose}
          title="Close the message"
          aria-label="Close the message"
        >
          <Icon name="back" />
          <Icon name="close" />
        </button>
        <h2 id="detail-title" ref={title} tabIndex={-1}>
          Message
        </h2>
        <p class="unseen" role="status">
          {message !== undefined && `From ${message.from}, ${wholeTime(message.ts)}`}
        </p>
        <IconButton icon="up" label="Newer message" isIdle={isNewest} onClick={() => onStep(-1)} />
        <IconButton icon="down" label="Older message" isIdle={isOldest} onClick={() => onStep(1)} />
      </div>
      {props.trouble !== undefined && <Trouble {...props.trouble} />}
      <Body {...{ message, failure, again }}>
        {(shown) => <Contents {...props} message={shown} key={id} />}
      </Body>
    </section>
  );
}

interface BodyProps {
  readonly message: Message | undefined;
  readonly failure: Failure | undefined;
  readonly again: () => void;
  readonly children: (message: Message) => VNode;
}

/** The message, or what stands in its place. */
function Body({ message, failure, again, children }: BodyProps): VNode {
  if (failure?.kind === "absent") return <p class="hint">There is no message with this id here.</p>;
  if (message !== undefined) return children(message);
  return failure === undefined ? <p class="hint">Loading…</p> : <Trouble failure={failure} again={again} />;
}

/** As the list has it, or as the service does, now and then: others may erase it. */
function useMessage(id: string, listed: Message | undefined): Answered<Message | undefined> {
  const answered = useAsked(listed === undefined ? id : "", async (signal) =>
    listed === undefined ? (await get<Message>(messagePath(id), {}, signal)).body : undefined,
  );
  useRefresh(answered, RECOUNT_EVERY_MS);
  return { ...answered, body: listed ?? answered.body };
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
        <IconButton
          icon="filter"
          label={`Only ${role.toLowerCase()} ${party}`}
          onClick={() => onFilter(name, party)}
        />
      </span>
    </div>
  );
}
