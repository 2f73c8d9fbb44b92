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

type Parameters = Readonly<Record<string, string | undefined>>;

export interface Answer<T> {
  readonly body: T;
  readonly headers: Headers;
}

/**
 * GET of a path such as `messages`, with those parameters that are not empty. Throws Failure, and what `signal` throws when it is
 * aborted. On a 401 the session is over.
 */
export async function get<T>(
  path: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
): Promise<Answer<T>> {
  const { body, headers } = await getText(path, parameters, signal);
  return { body: parse(body) as T, headers };
}

/** Likewise of what is no JSON. */
export async function getText(
  path: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
): Promise<Answer<string>> {
  const given = Object.entries(parameters).flatMap(([name, value]) => (value ? [[name, value]] : []));
  const query = given.map(([name, value]) => `${name}=${encodeURIComponent(value ?? "")}`).join("&");
  const asked = token();
  try {
    return await ask(query === "" ? path : `${path}?${query}`, asked, signal);
  } catch (error) {
    // A token that was given meanwhile is not the one that was refused.
    if (error instanceof Failure && error.kind === "signed-out" && token() === asked) signOut();
    throw error;
  }
}

/** What a token may do; null asks without one. Throws Failure. */
export async function askAccess(given: string | null): Promise<Access> {
  return parse((await ask("access", given)).body) as Access;
}

/** Learns what this session may do, once it is known to have one. */
export async function learnAccess(): Promise<void> {
  access.set((await get<Access>("access")).body);
}

async function ask(target: string, given: string | null, signal?: AbortSignal): Promise<Answer<string>> {
  const late = AbortSignal.timeout(ANSWER_MS_MAX);
  let response: Response;
  let text: string;
  try {
    response = await fetch(SERVICE + target, {
      headers: given === null ? {} : { authorization: `Bearer ${given}` },
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
      credentials: "omit",
      cache: "no-store",
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure("unavailable", "The service does not answer.");
  }
  if (response.ok) return { body: text, headers: response.headers };
  const { detail = `The service answered ${response.status}.` } = (parse(text) ?? {}) as { detail?: string };
  throw new Failure(KINDS[response.status] ?? "unavailable", detail, retryAfterOf(response.headers));
}

/** Undefined for what is no JSON: something on the way answered in the service's place. */
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
