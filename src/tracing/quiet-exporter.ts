import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import type { Log } from "../log.ts";

/** Says once that the collector takes nothing, and once that it does again: not for each batch. */
export class QuietExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #log: Log;
  #isFailing = false;

  /** It was told that the collector takes nothing. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  constructor(exporter: SpanExporter, log: Log) {
    this.#exporter = exporter;
    this.#log = log;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      this.#note(result);
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  #note({ code, error }: ExportResult): void {
    const isFailing = code !== ExportResultCode.SUCCESS;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    if (isFailing) {
      this.#log.warn(
        { reason: reasonOf(error) },
        "traces cannot be sent and are dropped; the service goes on without",
      );
    } else {
      this.#log.info("traces are sent again");
    }
  }
}

function reasonOf(error: Error | undefined): string {
  const cause = error?.cause;
  return [error?.message, cause instanceof Error ? cause.message : undefined]
    .filter((words) => words !== undefined && words !== "")
    .join(": ");
}
