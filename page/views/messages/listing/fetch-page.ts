import { get } from "../../../api.ts";
import { RECENT } from "../../../recent.ts";
import { type Filter, keyOf } from "../filter.ts";
import { type FetchPage, PAGE_MESSAGES_MAX, type PageAnswer, type PageAsked } from "./paging.ts";

/** What a list asks for first. */
const NEWEST: PageAsked = { order: "desc", limit: PAGE_MESSAGES_MAX };

/** The newest of a filter, asked for before there is a list that asks. */
let ahead: { readonly filter: string; readonly answer: Promise<PageAnswer> } | undefined;

/** Pages of GET /messages with this filter. */
export function fetchPageOf(filter: Filter): FetchPage {
  return (asked, signal) => takeAhead(filter, asked) ?? fetchPage(filter, asked, signal);
}

/** Asks for the newest now: the list that asks for them gets this answer. Resolves when it is there; one that fails is asked for again. */
export async function fetchAhead(filter: Filter): Promise<void> {
  const asking = { filter: keyOf(filter), answer: fetchPage(filter, NEWEST) };
  ahead = asking;
  await asking.answer.catch(() => {
    if (ahead === asking) ahead = undefined;
  });
}

function takeAhead(
  filter: Filter,
  { order, limit, cursor, offset }: PageAsked,
): Promise<PageAnswer> | undefined {
  if (ahead?.filter !== keyOf(filter) || order !== NEWEST.order || limit !== NEWEST.limit) return undefined;
  if (cursor !== undefined || offset !== undefined) return undefined;
  const { answer } = ahead;
  ahead = undefined;
  return answer;
}

async function fetchPage(
  filter: Filter,
  { order, limit, cursor, offset, isRecent = false }: PageAsked,
  signal?: AbortSignal,
): Promise<PageAnswer> {
  const asked = { ...filter, order, limit: String(limit), cursor, offset: offset?.toString() };
  const allowed = isRecent ? RECENT : {};
  const { body, headers } = await get<Omit<PageAnswer, "hasNext">>("messages", asked, signal, allowed);
  return { data: body.data, total: body.total, hasNext: headers.has("link") };
}
