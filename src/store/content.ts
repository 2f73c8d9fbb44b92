import { createHash, hash } from "node:crypto";
import type { Message } from "../message.ts";

/** What a sender could change while keeping the id. */
const CONTENT_MEMBERS = ["from", "to", "ts", "text"] as const;

/** The names of the members in which two messages of one id differ; empty for a duplicate. */
export function differingMembers(first: Message, later: Message): string[] {
  return CONTENT_MEMBERS.filter((member) => first[member] !== later[member]);
}

/** SHA-256 over the content members as a JSON array, 32 bytes: tells contents apart without keeping the text. */
export function contentHash(message: Message): Buffer {
  const members = CONTENT_MEMBERS.map((member) => message[member]);
  return createHash("sha256").update(JSON.stringify(members)).digest();
}

/** SHA-256 in hex over message_id and content as a JSON array: the same for two messages only where all of them is the same. */
export function messageHash(message: Message): string {
  const members = CONTENT_MEMBERS.map((member) => message[member]);
  return hash("sha256", JSON.stringify([message.message_id, ...members]), "hex");
}
