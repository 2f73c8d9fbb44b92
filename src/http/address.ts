import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";

/**
 * Where a request came from: the connection's other end; or, where that is a proxy of TRUST_PROXY, the last address in
 * X-Forwarded-For that is none of them. What is no address there is passed over: a proxy hands on what it was given.
 */
export function addressOf(request: FastifyRequest): string {
  const address = request.ips?.findLast((one) => isIP(one) !== 0) ?? request.raw.socket.remoteAddress;
  return address ?? "unknown";
}
