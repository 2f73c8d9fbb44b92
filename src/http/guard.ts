/** Who may ask: decided before anything else of a request is looked at, and the same for paths that do not exist. */
import assert from "node:assert/strict";
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Access, type ApiToken, type Role, ROLES } from "../access.ts";
import { AppError } from "../errors.ts";
import { noteFacts } from "./request-log.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What a token needs for this route; `read` unless said otherwise. */
    readonly role?: Role;
  }
}

/** Those who sign their messages, and whoever supervises the process. */
const OPEN_PATHS = new Set(["/webhook", "/health/live", "/health/ready"]);
const METRICS_PATH = "/metrics";
/** RFC 6750 §2.1; the scheme in any letter case (RFC 9110 §11.1). */
const BEARER = /^Bearer +(\S+) *$/i;
/** One without a dot, which no other site has, or none at all (HTTP/1.0). */
const OWN_NAME = /^(?:[\w-]*|(?:[\w-]+\.)+localhost)$/i;
/** RFC 7239, and what was there before it. */
const FORWARDED_HEADERS = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];
/** Without tokens this machine may erase, and whoever READ_ACCESS lets in may not. */
const OF_THIS_MACHINE: Grant = { role: "admin", token: null };
const OF_A_READER: Grant = { role: "read", token: null };
const CHALLENGE = 'Bearer realm="lyftr"';

/** What whoever asks may do, and by which token. */
export interface Grant {
  readonly role: Role;
  /** Its name; null where none is asked for. */
  readonly token: string | null;
}

const grants = new WeakMap<FastifyRequest, Grant>();

/** Of a request that the guard let through, on a path that is not open. */
export function grantOf(request: FastifyRequest): Grant {
  const grant = grants.get(request);
  assert(grant !== undefined, "asked of a path that is open");
  return grant;
}

/** Whether a path never needs a token, whatever the page's is. */
export function isOpen(path: string): boolean {
  return OPEN_PATHS.has(path);
}

/** Sets the headers that every answer has, and throws AppError `unauthorized` or `forbidden`. */
export type Guard = (request: FastifyRequest, reply: FastifyReply) => void;

/** `openPaths` hold no data, and need no token as well: the page's. */
export function createGuard(
  { tokens, openTo, areMetricsOpen }: Access,
  openPaths: ReadonlySet<string>,
): Guard {
  const open = new Set([...openPaths, ...(areMetricsOpen ? [METRICS_PATH] : [])]);
  const known = tokens.map((token) => ({ token, digest: digestOf(token.token) }));
  return (request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "";
    // The acknowledgement holds nothing, and there are thousands a second: they would take 7 % of its time.
    if (path !== "/webhook" || request.method !== "POST") reply.headers(SECURITY_HEADERS);
    if (isOpen(path) || open.has(path)) return;
    if (known.length > 0) return requireToken(request, reply, known);
    grants.set(request, openTo === "loopback" ? OF_THIS_MACHINE : OF_A_READER);
    if (openTo !== "loopback") refuseChange(request);
    if (openTo === "everybody") return;
    refuseRebound(request);
    if (openTo === "loopback") refuseForwarded(request);
  };
}

/** Asks it of every request that is routed; the hook comes after those that log the request. */
export function guardRoutes(app: FastifyInstance, guard: Guard): void {
  app.addHook("onRequest", (request, reply, done) => {
    guard(request, reply);
    done();
  });
}

/** The guard's refusal, or else the error: what is no path to Fastify is refused as any other, and tells no more to a stranger. */
export function refusalOr(error: Error, guard: Guard, ...asked: Parameters<Guard>): Error {
  try {
    guard(...asked);
    return error;
  } catch (refusal) {
    return refusal as Error;
  }
}

interface KnownToken {
  readonly token: ApiToken;
  readonly digest: Buffer;
}

function requireToken(request: FastifyRequest, reply: FastifyReply, known: readonly KnownToken[]): void {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    reply.header("www-authenticate", CHALLENGE);
    throw new AppError(
      "unauthorized",
      "a token is needed: send Authorization: Bearer, then one of API_TOKENS",
    );
  }
  const token = find(BEARER.exec(authorization)?.[1] ?? "", known);
  if (token === undefined) {
    reply.header("www-authenticate", `${CHALLENGE}, error="invalid_token"`);
    throw new AppError("unauthorized", "invalid token");
  }
  noteFacts(request, { token: token.name });
  grants.set(request, { role: token.role, token: token.name });
  const role = roleFor(request);
  if (ROLES.indexOf(token.role) >= ROLES.indexOf(role)) return;
  reply.header("www-authenticate", `${CHALLENGE}, error="insufficient_scope", scope="${role}"`);
  throw new AppError("forbidden", `a token with the role ${role} is needed`);
}

function roleFor({ routeOptions }: FastifyRequest): Role {
  // What Fastify refuses before it is routed has none.
  const { role = "read" } = (routeOptions.config as { readonly role?: Role } | undefined) ?? {};
  return role;
}

/** READ_ACCESS is about reading. */
function refuseChange(request: FastifyRequest): void {
  if (roleFor(request) === "read") return;
  throw new AppError("forbidden", "a token with the role admin is needed: set API_TOKENS");
}

/** Compares with every token, each in constant time, so that the time taken tells nothing of any. */
function find(given: string, known: readonly KnownToken[]): ApiToken | undefined {
  const digest = digestOf(given);
  const matches = known.map((one) => timingSafeEqual(one.digest, digest));
  return known[matches.indexOf(true)]?.token;
}

/**
 * A page of another site may have its own name point to this machine, and so read what its browser reaches (DNS rebinding). Such a
 * request names that site as its Host; one from here names an address, `localhost`, or another name without a dot.
 */
function refuseRebound({ headers }: FastifyRequest): void {
  const host = (headers.host ?? "").replace(/:\d*$/, "");
  const name = host.replace(/^\[([^[\]]*)\]$/, "$1").replace(/\.$/, "");
  if (isIP(name) !== 0 || OWN_NAME.test(name)) return;
  throw new AppError(
    "forbidden",
    "Host: is the name of another site; set API_TOKENS, or READ_ACCESS=public if everybody may read",
  );
}

/** A proxy that others reach makes their requests come from this machine, and names it as the Host. */
function refuseForwarded({ headers }: FastifyRequest): void {
  const header = FORWARDED_HEADERS.find((one) => headers[one] !== undefined);
  if (header === undefined) return;
  const advice =
    "set API_TOKENS, READ_ACCESS=local where only this machine reaches the proxy, or =public if everybody may read";
  throw new AppError("forbidden", `${header}: a proxy handed this on, for whoever reaches it; ${advice}`);
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
