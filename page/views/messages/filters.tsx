import type { RefObject, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../icons.tsx";
import type { How } from "../../route.ts";
import { type Filter, type FilterName, instantOfInput, isNarrowed, localInputOf, partyOf } from "./filter.ts";
import { useTyped } from "./use-typed.ts";

/** After the last key, so that not every letter of a word is searched for. */
const TYPED_MS = 180;
/** A time is whole only behind its last digit, and each before it is a time, too. */
const TIME_TYPED_MS = 500;
/** Before it, the year is being typed; local times of then are off by odd seconds. */
const FIRST_YEAR = "1900";

interface Props {
  readonly filter: Filter;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly onChange: (filter: Filter, how: How) => void;
}

/** The search and what else narrows the list. */
export function Filters({ filter, search, onChange }: Props): VNode {
  const [isUnfolded, setUnfolded] = useState(false);
  const set = (name: FilterName, value: string, how: How): void =>
    onChange({ ...filter, [name]: value }, how);
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
        <PartyField label="Sender" value={filter.from} onSet={(value) => set("from", value, "push")} />
        <PartyField label="Recipient" value={filter.to} onSet={(value) => set("to", value, "push")} />
        <TimeField label="Since" value={filter.since} onSet={(value, how) => set("since", value, how)} />
        <TimeField label="Until" value={filter.until} onSet={(value, how) => set("until", value, how)} />
        {isNarrowed(filter) && (
          <button
            type="button"
            class="quiet clear"
            onClick={() => {
              onChange({ q: "", from: "", to: "", since: "", until: "" }, "push");
              // The button goes with what it clears.
              search.current?.focus();
            }}
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
  const { typed, type, leave } = useTyped(filter.q, TYPED_MS, (q, how) => onChange({ ...filter, q }, how));
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
        onInput={(event) => type(event.currentTarget.value)}
        onBlur={leave}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
}

/** A whole number or name: it is exact, so it counts when it is there, not while it is typed. */
function PartyField({ label, value, onSet }: FieldProps & { onSet: (value: string) => void }): VNode {
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
        onChange={(event) => onSet(partyOf(event.currentTarget.value))}
        onKeyDown={({ key, currentTarget }) => {
          // Then there is nothing that leaving the field would set.
          if (key === "Escape") setTyped((currentTarget.value = value));
        }}
      />
    </label>
  );
}

/** In local time; in the address in UTC. A browser tells of each digit: of the year 2025 first that of the year 2. */
function TimeField({
  label,
  value,
  onSet,
}: FieldProps & { onSet: (value: string, how: How) => void }): VNode {
  const local = localInputOf(value);
  const { typed, type, leave } = useTyped(local, TIME_TYPED_MS, (next, how) =>
    onSet(instantOfInput(next), how),
  );
  const [isPart, setPart] = useState(false);
  const problemId = `${label.toLowerCase()}-problem`;
  const take = ({ value: next, validity }: HTMLInputElement): void => {
    setPart(false);
    type(next, next === "" ? !validity.badInput : next >= FIRST_YEAR);
  };
  return (
    <div class="field">
      <label>
        <span>{label}</span>
        <input
          type="datetime-local"
          class={typed === "" ? "is-blank" : ""}
          value={typed}
          aria-invalid={isPart}
          aria-describedby={isPart ? problemId : undefined}
          onInput={(event) => take(event.currentTarget)}
          onBlur={(event) => {
            setPart(event.currentTarget.validity.badInput);
            leave();
          }}
        />
      </label>
      {isPart && (
        <span id={problemId} class="problem" role="alert">
          A date and a time are needed
        </span>
      )}
    </div>
  );
}
