import type uPlot from "uplot";
import { Failure } from "../../failure.ts";

export type UPlot = typeof uPlot;

/** The library that draws: half of the script, and of no use to other views. Throws Failure. */
export async function fetchUPlot(): Promise<UPlot> {
  try {
    return (await import("uplot")).default;
  } catch {
    throw new Failure("unavailable", "What draws the chart could not be fetched.");
  }
}
