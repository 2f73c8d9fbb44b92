import { get } from "../api.ts";
import type { Filter } from "./filter.ts";
import type { FetchPage, PageAnswer } from "./paging.ts";

/** Pages of GET /messages with this filter. */
export function fetchPageOf(filter: Filter): FetchPage {
  return async ({ order, limit, cursor, offset }, signal) => {
    const asked = { ...filter, order, limit: String(limit), cursor, offset: offset?.toString() };
    const { body, headers } = await get<Omit<PageAnswer, "hasNext">>("messages", asked, signal);
    return { data: body.data, total: body.total, hasNext: headers.has("link") };
  };
}
