import type { Message } from "../../src/message.ts";

export const SECRET = "testsecret";

/** A valid message; what a test is about, it passes in. */
export function sampleMessage(members: Partial<Message> = {}): Message {
  return {
    message_id: "m1",
    from: "+919876543210",
    to: "+14155550100",
    ts: "2025-01-15T10:00:00Z",
    text: "Hello",
    ...members,
  };
}
