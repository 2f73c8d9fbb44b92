import type { Access } from "../../src/access.ts";

export const READER = "reader-0123456789abcdef";
export const ADMIN = "admin-0123456789abcdef=";

/** A token of either role, beside which nothing is read. */
export const WITH_TOKENS: Access = {
  tokens: [
    { name: "grafana", role: "read", token: READER },
    { name: "ops", role: "admin", token: ADMIN },
  ],
  openTo: "loopback",
  areMetricsOpen: false,
};
