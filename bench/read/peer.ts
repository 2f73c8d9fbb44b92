/**
 * The server that `--peer` stands beside the service: `node bench/read/peer.ts FILE`. It is what one writes first:
 * node:http, one table with an index on id, time and sender, `LIKE`, `COUNT(*)` and `OFFSET`, and nothing kept.
 * `LIKE` knows the two cases of ASCII alone, so that it finds less than the service in other scripts.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";

const LIMIT_DEFAULT = 50;
const COLUMNS = 'message_id, sender AS "from", recipient AS "to", ts, text';
const CONDITIONS: Readonly<Record<string, string>> = {
  from: "sender = $from",
  to: "recipient = $to",
  since: "ts >= $since",
  until: "ts < $until",
  q: String.raw`text LIKE $q ESCAPE '\'`,
};
/** Of a `ts`, what names its hour and its day. */
const BUCKET_CHARACTERS: Readonly<Record<string, number>> = { hour: 13, day: 10 };

const database = new DatabaseSync(process.argv[2] ?? "", { readOnly: true });

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://peer");
  const answer = JSON.stringify(answerOf(decodeURIComponent(pathname), searchParams));
  response.writeHead(200, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(answer),
  });
  response.end(answer);
}).listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});

function answerOf(path: string, query: URLSearchParams): unknown {
  if (path === "/messages") return list(query);
  if (path === "/stats") return stats();
  if (path === "/stats/timeline") return timeline(query);
  return database
    .prepare(`SELECT ${COLUMNS} FROM messages WHERE message_id = ?`)
    .get(path.split("/")[2] ?? "");
}

function list(query: URLSearchParams): object {
  const { where, values } = conditionsOf(query);
  const limit = Number(query.get("limit") ?? LIMIT_DEFAULT);
  const offset = Number(query.get("offset") ?? 0);
  const direction = query.get("order") === "desc" ? "DESC" : "ASC";
  const data = database
    .prepare(
      `SELECT ${COLUMNS} FROM messages ${where}
       ORDER BY ts ${direction}, message_id ${direction} LIMIT $limit OFFSET $offset`,
    )
    .all({ ...values, limit, offset });
  const total = database.prepare(`SELECT COUNT(*) AS total FROM messages ${where}`).get(values)?.["total"];
  return { data, total, limit, offset };
}

function stats(): object {
  const figures = database
    .prepare(
      `SELECT COUNT(*) AS total_messages, COUNT(DISTINCT sender) AS unique_senders,
              MIN(ts) AS first_message_ts, MAX(ts) AS last_message_ts FROM messages`,
    )
    .get();
  const top = database
    .prepare(
      `SELECT sender AS "from", COUNT(*) AS count FROM messages
       GROUP BY sender ORDER BY count DESC, sender LIMIT 10`,
    )
    .all();
  return { ...figures, top_senders: top };
}

function timeline(query: URLSearchParams): object {
  const bucket = query.get("bucket") ?? "hour";
  const { where, values } = conditionsOf(query);
  const data = database
    .prepare(
      `SELECT substr(ts, 1, ${BUCKET_CHARACTERS[bucket] ?? 0}) AS start, COUNT(*) AS count FROM messages ${where}
       GROUP BY start ORDER BY start`,
    )
    .all(values);
  return { bucket, data };
}

function conditionsOf(query: URLSearchParams): { where: string; values: Record<string, string> } {
  const given = Object.entries(CONDITIONS).filter(([name]) => query.has(name));
  const values = given.map(([name]) => {
    const value = query.get(name) ?? "";
    return [name, name === "q" ? `%${value.replaceAll(/[\\%_]/g, String.raw`\$&`)}%` : value];
  });
  const where = given.length === 0 ? "" : `WHERE ${given.map(([, condition]) => condition).join(" AND ")}`;
  return { where, values: Object.fromEntries(values) as Record<string, string> };
}
