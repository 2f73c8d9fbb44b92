import { type StoreLocation, shownLocation } from "../store-location.ts";
import { counted } from "../counted.ts";
import { agrees, type Compared } from "../move/compare.ts";
import type { Copied } from "../move/copy.ts";
import type { BroughtErasures } from "../move/erased.ts";
import { oneLine } from "./one-line.ts";

/** The longest message_id is shown whole, with words around it. */
const DIFFERENCE_SHOWN_MAX = 400;

/** What a run of `lyftr migrate` did and found. */
export interface Moved {
  readonly from: StoreLocation;
  readonly to: StoreLocation;
  /** Null where it was not asked for. */
  readonly copied: Copied | null;
  readonly compared: Compared | null;
  /** Records of conflicts that the target has now. */
  readonly conflicts: number | null;
  /** Likewise of erased messages. */
  readonly erasures: BroughtErasures | null;
  /** Whether more may arrive in the source. */
  readonly isServed: boolean;
}

/** Whether something is not as it should be: what was compared differs, or what was copied was not taken. */
export function isWanting({ copied, compared }: Moved): boolean {
  if (compared !== null) return !agrees(compared);
  return copied !== null && copied.refused + copied.conflict > 0;
}

export function linesOf(moved: Moved): string[] {
  const { copied, compared, conflicts, erasures } = moved;
  return [
    ...(copied === null ? [] : copiedLines(copied)),
    ...(compared === null ? [] : comparedLines(compared)),
    ...(conflicts === null || conflicts === 0 ? [] : [`conflicts ${counted(conflicts, "record")}`]),
    ...(erasures === null || erasures.known === 0 ? [] : [erasuresLine(erasures)]),
    verdictOf(moved),
  ];
}

function erasuresLine({ known, erased }: BroughtErasures): string {
  const here = erased > 0 ? `, ${counted(erased, "message")} erased here too` : "";
  return `erased    ${counted(known, "id")} known as erased${here}`;
}

function copiedLines({ created, duplicate, conflict, refused }: Copied): string[] {
  return [
    `copied    ${counted(created, "message")}, ${duplicate} more there already`,
    ...(conflict > 0
      ? [`DIFFERS   ${counted(conflict, "message")} there with another content, which stays`]
      : []),
    ...(refused > 0
      ? [`DIFFERS   ${counted(refused, "message")} refused by the target, which cannot hold such`]
      : []),
  ];
}

function comparedLines(compared: Compared): string[] {
  const { source, target, brought, differences, targetMessages } = compared;
  const told = differences.differences.map(({ what }) => what);
  const more = differences.total - told.length;
  const others = targetMessages - target.messages;
  return [
    ...(brought > 0 ? [`brought   ${brought} more, which the counts had hidden`] : []),
    ...told.map((what) => oneLine(`DIFFERS   ${what}`, DIFFERENCE_SHOWN_MAX)),
    ...(more > 0 ? [`DIFFERS   and ${more} more`] : []),
    `source    ${counted(source.messages, "message")}, checksum ${String(source)}`,
    `target    ${target.messages} of these messages, checksum ${String(target)}`,
    ...(others > 0 ? [`beside    ${counted(others, "message")} in the target, not from the source`] : []),
  ];
}

/** The word `done` only where nothing is left to do. */
function verdictOf({ from, to, copied, compared, isServed }: Moved): string {
  const place = shownLocation(to);
  if (compared === null) {
    const { created = 0, refused = 0, conflict = 0 } = copied ?? {};
    return refused + conflict > 0
      ? `not done: ${counted(refused + conflict, "message")} could not be copied`
      : `copied: ${counted(created, "message")}, not compared yet; --only compare does`;
  }
  if (!agrees(compared))
    return `not done: ${place} differs in ${counted(compared.differences.total, "message")}`;
  const all = `all ${counted(compared.target.messages, "message")}`;
  if (isServed) {
    return `so far: ${place} has ${all}; a service still runs on the source, or did until now, so run this again once it is stopped`;
  }
  return `done: ${place} has ${all} of ${shownLocation(from)}, with the same checksum`;
}

export function reportOf({ from, to, copied, compared, conflicts, erasures, isServed }: Moved): object {
  return {
    from: shownLocation(from),
    to: shownLocation(to),
    done: compared !== null && agrees(compared) && !isServed,
    source_is_served: isServed,
    copied,
    conflicts,
    erasures,
    compared: compared === null ? null : comparedReport(compared),
  };
}

function comparedReport(compared: Compared): object {
  const { source, target, brought, differences, targetMessages } = compared;
  return {
    agrees: agrees(compared),
    source: { messages: source.messages, checksum: String(source) },
    target: { messages: target.messages, checksum: String(target), messages_in_all: targetMessages },
    brought,
    differences: differences.differences.map(({ what }) => what),
    differences_total: differences.total,
  };
}
