import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Receipt } from "../../../src/erasure-schemas.ts";
import { erase, messagePath } from "../../api.ts";
import { counted } from "../../counted.ts";
import { Failure } from "../../failure.ts";
import { useAnswer } from "../../use-answer.ts";
import type { Filter } from "./filter.ts";

/** One message, or all of a sender or to a recipient. */
export interface ErasureAsked {
  readonly name: "id" | "from" | "to";
  /** What has to be typed. */
  readonly value: string;
}

const WHOSE = { from: "sender", to: "recipient" } as const;

/** What a list can be erased as: all of one party, and nothing else narrows it. */
export function erasureOf(filter: Filter): ErasureAsked | undefined {
  const { from, to, ...others } = filter;
  if ((from === "") === (to === "") || Object.values(others).some((value) => value !== "")) return undefined;
  return from === "" ? { name: "to", value: to } : { name: "from", value: from };
}

interface Props {
  readonly asked: ErasureAsked;
  /** Told as soon as it is done. */
  readonly onErased: () => void;
  readonly onClose: (isErased: boolean) => void;
}

/** Asks for the number or the id to be typed: what is gone is gone. Then shows the receipt. */
export function EraseDialog({ asked, onErased, onClose }: Props): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [receipt, setReceipt] = useState<Receipt | undefined>(undefined);
  const [isErasing, setErasing] = useState(false);
  const [problem, setProblem] = useState("");
  useEffect(() => dialog.current?.showModal(), []);

  const submit = async (typed: string): Promise<void> => {
    setProblem("");
    if (!isTyped(asked.value, typed)) return setProblem("Not the same: nothing was erased.");
    setErasing(true);
    try {
      setReceipt(await eraseAsked(asked));
      onErased();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      setProblem(error.message);
    } finally {
      setErasing(false);
    }
  };

  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="erase-title"
      onCancel={(event) => isErasing && event.preventDefault()}
      onClose={() => onClose(receipt !== undefined)}
    >
      {receipt === undefined ? (
        <Question
          {...{ asked, isErasing, problem }}
          onSubmit={submit}
          onCancel={() => dialog.current?.close()}
        />
      ) : (
        <Done receipt={receipt} onClose={() => dialog.current?.close()} />
      )}
    </dialog>
  );
}

/** A field takes no line breaks, and blanks look alike; but nothing typed is never meant. */
function isTyped(value: string, typed: string): boolean {
  const [wanted, given] = [value, typed].map((one) => one.replaceAll(/\s+/g, " ").trim());
  return wanted === "" ? typed === value : given === wanted;
}

async function eraseAsked({ name, value }: ErasureAsked): Promise<Receipt> {
  return name === "id"
    ? erase<Receipt>(messagePath(value), {})
    : erase<Receipt>("messages", { [name]: value });
}

interface QuestionProps {
  readonly asked: ErasureAsked;
  readonly isErasing: boolean;
  readonly problem: string;
  readonly onSubmit: (typed: string) => Promise<void>;
  readonly onCancel: () => void;
}

function Question({ asked, isErasing, problem, onSubmit, onCancel }: QuestionProps): VNode {
  const [typed, setTyped] = useState("");
  const [tries, setTries] = useState(0);
  return (
    <form
      class="erase"
      onSubmit={(event) => {
        event.preventDefault();
        if (isErasing) return;
        setTries(tries + 1);
        void onSubmit(typed);
      }}
    >
      <h2 id="erase-title">Erase for good?</h2>
      {asked.name === "id" ? (
        <p>This message will be gone.</p>
      ) : (
        <Count name={asked.name} value={asked.value} />
      )}
      <label class="field">
        <span>
          Type <bdi class="to-type">{asked.value}</bdi> to go on
        </span>
        <input
          type="text"
          autoComplete="off"
          spellcheck={false}
          value={typed}
          aria-invalid={problem !== ""}
          aria-describedby="erase-problem"
          onInput={(event) => setTyped(event.currentTarget.value)}
          autoFocus
        />
      </label>
      {/* Another one each time, or the same words would not be told again. */}
      <p key={tries} id="erase-problem" class="problem" role="alert">
        {problem}
      </p>
      {isErasing && <p role="status">Erasing. Where there are many, this takes minutes.</p>}
      <div class="dialog-buttons">
        <button type="submit" class="button is-danger" aria-disabled={isErasing}>
          Erase
        </button>
        <button
          type="button"
          class="button"
          aria-disabled={isErasing}
          onClick={() => !isErasing && onCancel()}
        >
          Cancel
        </button>
      </div>
    </form>
  );
}

function Count({ name, value }: { name: "from" | "to"; value: string }): VNode {
  const { body } = useAnswer<{ readonly total: number }>(
    `messages?limit=1&${name}=${encodeURIComponent(value)}`,
  );
  const count = body === undefined ? "All messages" : counted(body.total, "message");
  return (
    <p>
      {count} with the {WHOSE[name]} <bdi>{value}</bdi> will be gone.
    </p>
  );
}

function Done({ receipt, onClose }: { receipt: Receipt; onClose: () => void }): VNode {
  const { messages, conflicts, erased_at } = receipt;
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  return (
    <div class="erase">
      <h2 id="erase-title">Erased</h2>
      <p role="status">
        {counted(messages, "message")} and {counted(conflicts, "record")} of conflicts, at{" "}
        <code>{erased_at}</code>
      </p>
      <div class="dialog-buttons">
        <button ref={button} type="button" class="button" onClick={onClose}>
          Close
        </button>
      </div>
    </div>
  );
}
