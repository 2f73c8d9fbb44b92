import { AppError, invalidFields } from "../errors.ts";
import type { Message } from "../message.ts";
import { type WebhookBody, webhookBody } from "../schemas.ts";
import { createValidator } from "../validate.ts";
import { findUnstorable } from "./unstorable.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const validate = createValidator<WebhookBody>(webhookBody, "body");

/**
 * The message in the body of this service's own webhook route.
 * Throws AppError `invalid` that names each wrong member; nothing of the body's text is in it.
 */
export function parseMessage(body: Buffer): Message {
  const value = parseJson(body);
  const { message_id, from, to, ts, text } = validate(withFromSpelledOut(value));
  return { message_id, from, to, ts, text: text ?? null };
}

function parseJson(body: Buffer): unknown {
  const text = decode(body);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // V8's message quotes the body, so only its position is passed on.
    const position = /at position (\d+)/.exec(String(error))?.[1];
    throw invalidBody(position === undefined ? "is not JSON" : `is not JSON (at character ${position})`);
  }
  // U+0000 and lone surrogates can only come in as escapes: JSON forbids the first, UTF-8 the second.
  const unstorable = text.includes("\\u") ? findUnstorable(value) : null;
  if (unstorable !== null) throw invalidFields([unstorable]);
  return value;
}

function decode(body: Buffer): string {
  try {
    return decoder.decode(body);
  } catch {
    throw invalidBody("is not valid UTF-8");
  }
}

/** `from_` is another spelling of `from`; both, and different, is invalid. */
function withFromSpelledOut(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "from_")) return value;
  const { from_: alias, ...members } = value as Record<string, unknown>;
  if (!Object.hasOwn(members, "from")) return { ...members, from: alias };
  if (members["from"] === alias) return members;
  throw invalidFields([{ name: "from_", problem: "differs from `from`; send one of them" }]);
}

function invalidBody(problem: string): AppError {
  return invalidFields([{ name: "body", problem }]);
}
