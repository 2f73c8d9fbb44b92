import { isLoopback } from "../access.ts";
import type { Config } from "../config.ts";
import { counted } from "../counted.ts";
import { type Finding, ok, warn } from "../finding.ts";

const SUBJECT = "who may read";

export function examineReaders({ access, host }: Config): Finding {
  const { tokens, openTo, areMetricsOpen } = access;
  const metrics = areMetricsOpen ? "; /metrics needs none" : "";
  if (tokens.length > 0) return ok(SUBJECT, `who has one of ${counted(tokens.length, "token")}${metrics}`);
  if (openTo === "everybody") {
    const says = `READ_ACCESS=public: everybody who reaches ${host} reads every message`;
    return warn(SUBJECT, says, "set API_TOKENS unless that is meant");
  }
  if (openTo === "local" && !isLoopback(host)) {
    const says = `READ_ACCESS=local: whoever reaches the port of ${host} reads every message`;
    return warn(SUBJECT, says, "see that the port is published to this machine alone, or set API_TOKENS");
  }
  return ok(SUBJECT, "who is on this machine, without a token");
}
