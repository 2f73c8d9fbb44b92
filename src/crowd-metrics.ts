/** The figures of who is connected and what is asked at once, each beside its bound (http/crowd.ts, webhook/wrong-signatures.ts). */
import { Counter, Gauge, type Registry } from "prom-client";

/** How many there are, and how many there may be. */
interface CrowdDepth {
  readonly connections: number;
  readonly connectionsMax: number;
  /** Requests that are being answered. */
  readonly inFlight: number;
  readonly inFlightMax: number;
}

/** Addresses that signed wrongly of late, and how many are remembered at most. */
export interface WrongSignersDepth {
  readonly addresses: number;
  readonly addressesMax: number;
}

/** Clients that follow the inbox. */
interface StreamsDepth {
  readonly streams: number;
  readonly streamsMax: number;
}

const CLOSED = ["crowded", "refused", "stalled", "pipelined"] as const;

export interface CrowdMetrics {
  /** Has the gauges ask at each scrape. */
  readonly watchCrowd: (depth: () => CrowdDepth) => void;
  readonly watchStreams: (depth: () => StreamsDepth) => void;
  readonly watchWrongSigners: (depth: () => WrongSignersDepth) => void;
  readonly countClosedConnection: (reason: (typeof CLOSED)[number]) => void;
  readonly countCrowdedOut: () => void;
}

export function createCrowdMetrics(registers: Registry[]): CrowdMetrics {
  const closed = new Counter({
    name: "http_connections_closed_total",
    help: "Connections closed to keep a bound: crowded, quiet the longest when room was needed; refused, all were busy; stalled, its answer was not taken; pipelined, too many requests on it.",
    labelNames: ["reason"],
    registers,
  });
  for (const reason of CLOSED) closed.inc({ reason }, 0);
  const crowdedOut = new Counter({
    name: "http_requests_crowded_out_total",
    help: "Requests answered 503 since too many were being answered.",
    registers,
  });
  const gauge = (name: string, help: string, value: () => number): void => {
    void new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  };
  return {
    watchCrowd(depth) {
      gauge("http_connections", "Open connections.", () => depth().connections);
      gauge("http_connections_max", "How many there may be.", () => depth().connectionsMax);
      gauge("http_requests_in_flight", "Requests that are being answered.", () => depth().inFlight);
      gauge("http_requests_in_flight_max", "How many there may be.", () => depth().inFlightMax);
    },
    watchStreams(depth) {
      gauge("http_streams", "Clients that follow GET /messages/stream.", () => depth().streams);
      gauge("http_streams_max", "How many there may be; further ones are refused.", () => depth().streamsMax);
    },
    watchWrongSigners(depth) {
      const help = "Addresses that signed wrongly of late; an IPv6 network of 64 bits counts as one.";
      gauge("webhook_wrong_signers", help, () => depth().addresses);
      gauge("webhook_wrong_signers_max", "How many are remembered at most.", () => depth().addressesMax);
    },
    countClosedConnection: (reason) => closed.inc({ reason }),
    countCrowdedOut: () => crowdedOut.inc(),
  };
}
