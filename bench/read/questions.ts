/** Every kind of question, each in several forms of about the same cost. */
import {
  DAY_MS,
  LARGEST_SENDER,
  LARGEST_SENDER_PERCENT,
  type Load,
  recipientOf,
  senderOf,
  SPAN_MS,
  START_MS,
} from "./load.ts";
import { type Ask, instant, listPath, momentAt, pathOf, type Question } from "./question.ts";
import { searches } from "./searches.ts";

/** So many that to remember the last few answers would not do, and few enough to recount. */
const FORMS = 10;
const TIMELINE_DAYS = 30;
const SENDER_RANKS = [0, 1, 10, 100];

/** In the order to be asked in: a first time comes before what repeats it. */
export function questionsOf(load: Load): readonly Question[] {
  return [...pages(load), ...offsets(load), ...totals(load), ...figures(), ...searches(load)];
}

function pages({ messages, message }: Load): Question[] {
  const ids = forms((share) => message(Math.floor(share * messages)).message_id);
  return [
    { name: "page 1", asks: [{ path: listPath({}), total: messages }] },
    { name: "page 1, newest first", asks: [{ path: listPath({ order: "desc" }), total: messages }] },
    { name: "page 1 of a sender", asks: senders().map((from) => ({ path: listPath({ from }) })) },
    {
      name: "page 1 of a sender, newest first",
      asks: senders().map((from) => ({ path: listPath({ from, order: "desc" }) })),
    },
    { name: "one message by id", asks: ids.map((id) => ({ path: `/messages/${id}` })) },
  ];
}

function offsets({ messages }: Load): Question[] {
  /** Some places near each other, so that none is remembered. */
  const near = (share: number, of: number, filter: Readonly<Record<string, string>> = {}): Ask[] =>
    forms((apart) => ({ path: listPath({ ...filter, offset: Math.floor((share + apart / 100) * of) }) }));
  const ofSender = (messages * LARGEST_SENDER_PERCENT) / 100;
  const halfTheTime = { since: momentAt(0.25), until: momentAt(0.75) };
  return [
    { name: "offset at 50 %", asks: near(0.5, messages) },
    { name: "offset at 90 %", asks: near(0.9, messages) },
    { name: "offset at 50 %, newest first", asks: near(0.5, messages, { order: "desc" }) },
    { name: "offset at 50 % of a sender", asks: near(0.5, ofSender, { from: LARGEST_SENDER }) },
    { name: "offset at 50 % of half the time", asks: near(0.5, messages / 2, halfTheTime) },
    {
      name: "page by cursor",
      isCursor: true,
      asks: forms((share) => ({ path: listPath({ offset: Math.floor(share * messages) }), total: messages })),
    },
  ];
}

function totals({ messages }: Load): Question[] {
  const recipients = Array.from({ length: FORMS }, (_, index) => recipientOf(index));
  const ranges = forms((share) => ({ since: momentAt(share / 2), until: momentAt(0.5 + share / 2) }));
  const filters = {
    from: senders().map((from) => ({ from })),
    to: recipients.map((to) => ({ to })),
    since: forms((share) => ({ since: momentAt(share) })),
    until: forms((share) => ({ until: momentAt(share) })),
    "since + until": ranges,
    "from + since + until": ranges.map((range) => ({ from: LARGEST_SENDER, ...range })),
    "to + since + until": ranges.map(({ since, until }, index) => ({
      to: recipients[index] ?? "",
      since,
      until,
    })),
    "from + to": recipients.map((to) => ({ from: LARGEST_SENDER, to })),
  };
  return [
    { name: "total", asks: [{ path: listPath({ limit: 1 }), total: messages }] },
    ...Object.entries(filters).map(([name, forms]) => ({
      name: `total, ${name}`,
      asks: forms.map((filter) => ({ path: listPath({ ...filter, limit: 1 }) })),
    })),
  ];
}

function figures(): Question[] {
  const timeline = (bucket: string, filter: Readonly<Record<string, string>> = {}): Ask[] =>
    forms((share) => {
      const first = START_MS + Math.floor((share * SPAN_MS) / 2 / DAY_MS) * DAY_MS;
      const [since, until] = [instant(first), instant(first + TIMELINE_DAYS * DAY_MS)];
      return { path: pathOf("/stats/timeline", { bucket, since, until, ...filter }) };
    });
  return [
    { name: "stats", asks: [{ path: "/stats" }] },
    { name: "timeline of 30 days by hour", asks: timeline("hour") },
    { name: "timeline of 30 days by day", asks: timeline("day") },
    { name: "timeline of 30 days by day, from", asks: timeline("day", { from: LARGEST_SENDER }) },
  ];
}

function senders(): string[] {
  return [LARGEST_SENDER, ...SENDER_RANKS.map(senderOf)];
}

/** One for each of some shares between 0 and 1. */
function forms<T>(make: (share: number) => T): T[] {
  return Array.from({ length: FORMS }, (_, index) => make((index + 0.5) / FORMS));
}
