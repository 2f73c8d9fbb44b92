import { pino, type DestinationStream, type Logger } from "pino";
import type { LogLevel } from "./config.ts";

export type Log = Logger;

export interface LogOutput {
  readonly log: Log;
  /** Writes out what is still buffered. Call it before the process exits. */
  readonly flush: () => void;
}

/**
 * JSON lines with `ts` (ISO 8601) and `level` (a word) first. On stdout, lines are written without holding up the
 * event loop.
 */
export function createLog(level: LogLevel): LogOutput {
  const destination = pino.destination({ fd: 1, sync: false });
  return { log: createLogTo(destination, level), flush: () => destination.flushSync() };
}

export function createLogTo(destination: DestinationStream, level: LogLevel): Log {
  return pino(
    {
      level,
      base: null,
      messageKey: "message",
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
