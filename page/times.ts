/** Instants as people here read them. */
import { DateFormat } from "./date-format.ts";

const timeToday = new DateFormat({ hour: "2-digit", minute: "2-digit" });
const dayThisYear = new DateFormat({ day: "numeric", month: "short" });
const day = new DateFormat({ day: "numeric", month: "short", year: "numeric" });
const whole = new DateFormat({
  weekday: "short",
  day: "numeric",
  month: "long",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});

/** As short as it can be, seen from `now`: the time of today, the day of this year, or the day. */
export function shortTime(ts: string, now: Date): string {
  const at = new Date(ts);
  if (at.toDateString() === now.toDateString()) return timeToday.format(at);
  return (at.getFullYear() === now.getFullYear() ? dayThisYear : day).format(at);
}

export function wholeTime(ts: string): string {
  return whole.format(new Date(ts));
}
