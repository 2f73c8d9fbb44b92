import type { Outcome } from "../../src/message.ts";
import { request } from "./client.ts";

type Result = Outcome | "invalid_signature" | "rate_limited" | "validation_error" | "unavailable";

/** Every series of /metrics with its value, by name and labels as they are written there. */
export async function figures(url: string): Promise<ReadonlyMap<string, number>> {
  const { text } = await request(`${url}/metrics`);
  const series = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    series.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

/** The counts of webhook_requests_total that are not 0, by result. */
export async function webhookResults(url: string): Promise<Partial<Record<Result, number>>> {
  const counts: Partial<Record<Result, number>> = {};
  for (const [series, value] of await figures(url)) {
    const result = /^webhook_requests_total\{result="(\w+)"\}$/.exec(series)?.[1];
    if (result !== undefined && value !== 0) counts[result as Result] = value;
  }
  return counts;
}
