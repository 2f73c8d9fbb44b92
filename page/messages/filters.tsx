import type { RefObject, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { type Filter, type FilterName, instantOfInput, isNarrowed, localInputOf } from "./filter.ts";

/** After the last key, so that not every letter of a word is searched for. */
const TYPED_MS = 180;

interface Props {
  readonly filter: Filter;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly onChange: (filter: Filter, how: "push" | "replace") => void;
}

/** The search and what else narrows the list. */
export function Filters({ filter, search, onChange }: Props): VNode {
  const [isUnfolded, setUnfolded] = useState(false);
  const set = (name: FilterName, value: string): void => onChange({ ...filter, [name]: value }, "push");
  const count = (["from", "to", "since", "until"] as const).filter((name) => filter[name] !== "").length;
  return (
    <search class="filters">
      <div class="search-line">
        <SearchField filter={filter} search={search} onChange={onChange} />
        <button
          type="button"
          class={`quiet fold${count > 0 ? " is-on" : ""}`}
          aria-expanded={isUnfolded}
          aria-controls="filter-fields"
          onClick={() => setUnfolded(!isUnfolded)}
        >
          <Icon name="filter" />
          <span>Filter{count > 0 ? ` (${count})` : ""}</span>
        </button>
      </div>
      <div id="filter-fields" class={`fields${isUnfolded ? " is-unfolded" : ""}`}>
        <PartyField label="Sender" value={filter.from} onSet={(value) => set("from", value)} />
        <PartyField label="Recipient" value={filter.to} onSet={(value) => set("to", value)} />
        <TimeField label="Since" value={filter.since} onSet={(value) => set("since", value)} />
        <TimeField label="Until" value={filter.until} onSet={(value) => set("until", value)} />
        {isNarrowed(filter) && (
          <button
            type="button"
            class="quiet clear"
            onClick={() => onChange({ q: "", from: "", to: "", since: "", until: "" }, "push")}
          >
            <Icon name="close" />
            <span>Clear</span>
          </button>
        )}
      </div>
    </search>
  );
}

function SearchField({ filter, search, onChange }: Props): VNode {
  const [typed, setTyped] = useState(filter.q);
  // One entry in the history for what is typed in one go.
  const [isTyping, setTyping] = useState(false);
  useEffect(() => setTyped(filter.q), [filter.q]);
  useEffect(() => {
    if (typed === filter.q) return undefined;
    const timer = setTimeout(() => {
      onChange({ ...filter, q: typed }, isTyping ? "replace" : "push");
      setTyping(true);
    }, TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <label class="search-field">
      <Icon name="search" />
      <span class="unseen">Search in the texts</span>
      <input
        ref={search}
        type="search"
        placeholder="Search in the texts"
        maxLength={256}
        autoComplete="off"
        spellcheck={false}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => setTyping(false)}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onSet: (value: string) => void;
}

/** A whole number or name: it is exact, so it counts when it is there, not while it is typed. */
function PartyField({ label, value, onSet }: FieldProps): VNode {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        maxLength={128}
        autoComplete="off"
        spellcheck={false}
        placeholder="anyone"
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onChange={(event) => onSet(event.currentTarget.value.trim())}
      />
    </label>
  );
}

/** In local time; in the address in UTC. */
function TimeField({ label, value, onSet }: FieldProps): VNode {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="datetime-local"
        class={value === "" ? "is-blank" : ""}
        value={localInputOf(value)}
        onChange={(event) => onSet(instantOfInput(event.currentTarget.value))}
      />
    </label>
  );
}
