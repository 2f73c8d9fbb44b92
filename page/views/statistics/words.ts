/** Time in words, in UTC as it is counted. */
import { DateFormat } from "../../date-format.ts";
import { type Bucket, SECONDS_OF, type Span } from "./span.ts";

const format = (options: Intl.DateTimeFormatOptions): DateFormat =>
  new DateFormat({ ...options, timeZone: "UTC" });

const wholeDay = format({ weekday: "short", day: "numeric", month: "long", year: "numeric" });
const moment = format({
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});
const date = format({ day: "numeric", month: "short", year: "numeric" });
const clock = format({ hour: "2-digit", minute: "2-digit" });
const dayTick = format({ day: "numeric", month: "short" });
const monthTick = format({ month: "short", year: "numeric" });
const yearTick = format({ year: "numeric" });

export function bucketWords(start: number, bucket: Bucket): string {
  const day = wholeDay.format(start * 1_000);
  if (bucket === "day") return day;
  return `${day}, ${clock.format(start * 1_000)} – ${clock.format((start + SECONDS_OF.hour) * 1_000)}`;
}

/** `until` is not of it: of whole days the last is named. */
export function spanWords({ since, until }: Span): string {
  const areDays = since % SECONDS_OF.day === 0 && until % SECONDS_OF.day === 0;
  if (areDays) return date.formatRange(since * 1_000, (until - 1) * 1_000);
  return moment.formatRange(since * 1_000, until * 1_000);
}

/** Under an axis whose marks are so many seconds apart. */
export function tickWords(at: number, apart: number): string {
  const { day } = SECONDS_OF;
  if (apart >= 365 * day) return yearTick.format(at * 1_000);
  if (apart >= 28 * day) return monthTick.format(at * 1_000);
  return (at % day === 0 ? dayTick : clock).format(at * 1_000);
}
