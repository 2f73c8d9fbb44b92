import { createCell } from "./cell.ts";

/** Whether what is open covers the page from edge to edge: no key is to lead to what is below. */
export const isCovered = createCell(false);
