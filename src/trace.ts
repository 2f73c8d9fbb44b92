/** What the parts say of a request that is traced (src/tracing/). Where nothing is, there is null in its place, and nothing is done. */
import type { IncomingHttpHeaders } from "node:http";

type Facts = Readonly<Record<string, string | number>>;

/** How a request ended. Never a text, a secret, a signature, a query or a party. */
export interface Ended {
  readonly requestId: string;
  /** The route's pattern; undefined where no route took it. */
  readonly route: string | undefined;
  /** Undefined when the client went away before the answer. */
  readonly status: number | undefined;
  readonly messageId: string | undefined;
  /** What became of a message. */
  readonly result: string | undefined;
}

export interface RequestTrace {
  /** In hex, as it stands in the log. */
  readonly traceId: string;
  /** What is done now; ends what was done before. */
  step(name: string, facts?: Facts): void;
  end(ended: Ended): void;
}

export interface Tracing {
  /** Null for a request that is not to be traced. */
  begin(method: string, headers: IncomingHttpHeaders): RequestTrace | null;
  /** Sends what is not sent yet, for as long as that is worth waiting for. Never rejects. */
  close(): Promise<void>;
}
