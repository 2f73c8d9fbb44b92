/** The service's answers, as every view asks for them. */
import { Failure, type FailureKind } from "./failure.ts";
import { type Access, access, signOut, token } from "./session.ts";

/** A read is stopped by the service after READ_TIMEOUT_MS at the latest; this is for a network that swallows the answer. */
const ANSWER_MS_MAX = 60_000;

const KINDS: Readonly<Record<number, FailureKind>> = {
  401: "signed-out",
  403: "refused",
  404: "absent",
  422: "invalid",
};

/** Where the service is, with a slash at its end. */
export const SERVICE = new URL(
  document.querySelector<HTMLMetaElement>('meta[name="lyftr-api"]')?.content ?? "./",
  location.href.split("#", 1)[0],
).href;

/** For who does not end what was asked. */
const NEVER = new AbortController().signal;

type Parameters = Readonly<Record<string, string | undefined>>;

type Init = Pick<RequestInit, "method" | "signal"> & { readonly headers?: Readonly<Record<string, string>> };

export interface Answer<T> {
  readonly body: T;
  readonly headers: Headers;
}

/**
 * GET of a path such as `messages`, with those parameters that are not empty. Throws Failure, and what `signal` throws when it is
 * aborted. On a 401 the session is over. `headers` may be RECENT.
 */
export async function get<T>(
  path: string,
  parameters: Parameters = {},
  signal = NEVER,
  headers: Init["headers"] = {},
): Promise<Answer<T>> {
  // A message may be called as the stream is.
  const answer = await getText(path, parameters, signal, { accept: "application/json", ...headers });
  return { body: jsonOf<T>(answer.body), headers: answer.headers };
}

/** Likewise of what is no JSON. */
export function getText(
  path: string,
  parameters: Parameters = {},
  signal = NEVER,
  headers: Init["headers"] = {},
): Promise<Answer<string>> {
  const late = AbortSignal.timeout(ANSWER_MS_MAX);
  return askSignedIn(urlOf(path, parameters), { headers, signal: AbortSignal.any([late, signal]) }, signal);
}

/** DELETE likewise. It takes as long as it takes: minutes where there is much. */
export async function erase<T>(path: string, parameters: Parameters, signal = NEVER): Promise<T> {
  return jsonOf((await askSignedIn(urlOf(path, parameters), { method: "DELETE", signal }, signal)).body);
}

/** Of a path with those parameters that are not empty. */
export function urlOf(path: string, parameters: Parameters = {}): string {
  const given = Object.entries(parameters).flatMap(([name, value]) => (value ? [[name, value]] : []));
  const query = given
    .map(([name, value]) => `${name}=${encodeURIComponent((value ?? "").toWellFormed())}`)
    .join("&");
  return SERVICE + (query === "" ? path : `${path}?${query}`);
}

/** Of one message. Throws Failure for an id of which a browser makes another address, however it is written. */
export function messagePath(id: string): string {
  if (id === "." || id === "..")
    throw new Failure("invalid", "A browser cannot ask for a message of this id.");
  return `messages/${encodeURIComponent(id.toWellFormed())}`;
}

export function headersOf(given: string | null): Readonly<Record<string, string>> {
  return given === null ? {} : { authorization: `Bearer ${given}` };
}

/** The service knows this token no more; one that was given meanwhile is another. */
export function signOutOf(given: string | null): void {
  if (token() === given) signOut();
}

/** What a token may do; null asks without one. Throws Failure. */
export async function askAccess(given: string | null): Promise<Access> {
  const late = AbortSignal.timeout(ANSWER_MS_MAX);
  return jsonOf((await ask(urlOf("access"), given, { signal: late }, NEVER)).body);
}

/** Learns what this session may do, once it is known to have one. */
export async function learnAccess(): Promise<void> {
  access.set((await get<Access>("access")).body);
}

async function askSignedIn(url: string, init: Init, ended: AbortSignal): Promise<Answer<string>> {
  const given = token();
  try {
    return await ask(url, given, init, ended);
  } catch (error) {
    if (error instanceof Failure && error.kind === "signed-out") signOutOf(given);
    throw error;
  }
}

/** `ended` is the signal of whoever asked: what is thrown for that is no Failure. */
async function ask(
  url: string,
  given: string | null,
  init: Init,
  ended: AbortSignal,
): Promise<Answer<string>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      ...init,
      headers: { ...init.headers, ...headersOf(given) },
      cache: "no-store",
    });
    text = await response.text();
  } catch (error) {
    if (ended.aborted) throw error;
    throw new Failure("unavailable", "The service does not answer.");
  }
  if (response.ok) return { body: text, headers: response.headers };
  const { detail } = (parse(text) ?? {}) as { readonly detail?: unknown };
  const retryAfter = retryAfterOf(response.headers);
  // Without it, it is of somebody on the way, who may be gone soon.
  if (typeof detail !== "string")
    throw new Failure("unavailable", `The service answered ${response.status}.`, retryAfter);
  throw new Failure(KINDS[response.status] ?? "unavailable", detail, retryAfter);
}

/** Of an answer that is a success. Something on the way may have answered in the service's place: a proxy that asks who you are. */
function jsonOf<T>(text: string): T {
  const body = parse(text);
  if (body === undefined) throw new Failure("unavailable", "Something else answered in the service's place.");
  return body as T;
}

/** Undefined for what is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function retryAfterOf(headers: Headers): number | undefined {
  const said = Number(headers.get("retry-after") ?? "none");
  return Number.isFinite(said) ? said : undefined;
}
