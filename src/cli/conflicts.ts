import { Command } from "commander";
import { getBorderCharacters, table } from "table";
import { readClientConfig, readEnvironment } from "../config.ts";
import type { ConflictsAnswer } from "../conflict-schemas.ts";
import { getAnswer, printable } from "./client.ts";
import { oneLine } from "./one-line.ts";

/** Characters of an id and of a hash that the table shows; --json has all of them. */
const ID_SHOWN_MAX = 36;
const HASH_SHOWN_MAX = 12;

interface Flags {
  readonly url?: string;
  readonly json?: true;
  readonly limit?: string;
  readonly messageId?: string;
  readonly since?: string;
  readonly cursor?: string;
}

export function conflictsCommand(): Command {
  return new Command("conflicts")
    .description("Show the messages whose id came again with other content")
    .option("--message-id <id>", "of this message alone")
    .option("--since <ts>", "that came last at or after, RFC 3339 with Z")
    .option("--limit <n>", "1 to 100 (default: 50)")
    .option("--cursor <cursor>", "from the line below the table: what follows it")
    .option("--url <url>", "where the service listens (default: from HOST and PORT)")
    .option("--json", "print the service's answer as it is")
    .action(async ({ url, json, messageId, ...filters }: Flags) => {
      const service = readClientConfig(readEnvironment(), url);
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries({ ...filters, message_id: messageId })) {
        if (value !== undefined) query.set(name, value);
      }
      const { body, headers } = await getAnswer(service, `/conflicts?${query.toString()}`);
      const answer = body as ConflictsAnswer;
      console.log(json ? printable(answer) : render(answer, nextCursor(headers)));
    });
}

function nextCursor(headers: Headers): string | undefined {
  return /[?&]cursor=([\w-]+)/.exec(headers.get("link") ?? "")?.[1];
}

function render({ data }: ConflictsAnswer, next: string | undefined): string {
  if (data.length === 0) return "no conflicts here";
  const rows = data.map(
    ({ last_seen, first_seen, times, message_id, differs, kept_sha256, refused_sha256 }) => [
      last_seen,
      first_seen,
      times,
      oneLine(message_id, ID_SHOWN_MAX),
      differs.join(","),
      kept_sha256.slice(0, HASH_SHOWN_MAX),
      refused_sha256.slice(0, HASH_SHOWN_MAX),
    ],
  );
  const drawn = table([["last seen", "first seen", "times", "id", "differs", "kept", "refused"], ...rows], {
    border: getBorderCharacters("void"),
    drawHorizontalLine: () => false,
  });
  return next === undefined ? drawn.trimEnd() : `${drawn.trimEnd()}\n\nmore follow: --cursor ${next}`;
}
