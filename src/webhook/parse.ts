import { AppError, type Failure, invalidFields } from "../errors.ts";
import type { Message } from "../message.ts";
import { type ImportedMessage, importedMessage, type WebhookBody, webhookBody } from "../schemas.ts";
import { createValidator } from "../validate.ts";
import { findUnstorable } from "./unstorable.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Of what a route takes, or a store holds: both have the same members. */
type Validate = (value: unknown, failures: Failure[]) => WebhookBody | ImportedMessage | null;
const validateWebhook: Validate = createValidator<WebhookBody>(webhookBody, "body");
const validateImported: Validate = createValidator<ImportedMessage>(importedMessage, "body");

/**
 * The message in the body of this service's own webhook route.
 * Throws AppError `invalid` that names each wrong member; nothing of the body's text is in it.
 */
export function parseMessage(body: Buffer): Message {
  return parseWith(validateWebhook, body);
}

/** The same of a message as any store may hold it: sender and recipient need not be numbers. Throws likewise. */
export function parseStoredMessage(body: Buffer): Message {
  return parseWith(validateImported, body);
}

/** Of its members, however they were written down. Throws likewise. */
export function messageOfMembers(value: object): Message {
  return validated(validateImported, value, findUnstorable(value));
}

function parseWith(validate: Validate, body: Buffer): Message {
  const text = decodeText(body);
  const value = parseJson(text);
  // U+0000 and lone surrogates can only come in as escapes: JSON forbids the first, UTF-8 the second.
  return validated(validate, value, text.includes("\\u") ? findUnstorable(value) : []);
}

function validated(validate: Validate, value: unknown, failures: Failure[]): Message {
  const members = validate(withFromSpelledOut(value, failures), failures);
  if (members === null || failures.length > 0) throw invalidFields(withoutRepeats(failures));
  const { message_id, from, to, ts } = members;
  return { message_id, from, to, ts, text: members.text ?? null };
}

/** Throws AppError `invalid` for bytes that are no UTF-8. */
export function decodeText(body: Buffer): string {
  try {
    return decoder.decode(body);
  } catch {
    throw invalidBody("is not valid UTF-8");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8's message quotes the body, so only its position is passed on.
    const position = /at position (\d+)/.exec(String(error))?.[1];
    throw invalidBody(position === undefined ? "is not JSON" : `is not JSON (at character ${position})`);
  }
}

/** `from_` is another spelling of `from`; both, and different, is invalid. */
function withFromSpelledOut(value: unknown, failures: Failure[]): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "from_")) return value;
  const { from_: alias, ...members } = value as Record<string, unknown>;
  if (!Object.hasOwn(members, "from")) return { ...members, from: alias };
  if (members["from"] !== alias)
    failures.push({ name: "from_", problem: "differs from `from`; send one of them" });
  return members;
}

/** The first failure of each member is enough to mend it. */
function withoutRepeats(failures: readonly Failure[]): Failure[] {
  return failures.filter(({ name }, index) => failures.findIndex((other) => other.name === name) === index);
}

function invalidBody(problem: string): AppError {
  return invalidFields([{ name: "body", problem }]);
}
