import { fileURLToPath } from "node:url";
import { NODE_FLAGS, ServerProcess } from "../ingest/process.ts";

export const SECRET = "bench-secret";

const PROGRAM = fileURLToPath(new URL("../../bin/lyftr.js", import.meta.url));
const PEER = fileURLToPath(new URL("peer.ts", import.meta.url));

/** The service as `npm start` runs it. */
export function startService(path: string): Promise<ServerProcess> {
  return ServerProcess.start([...NODE_FLAGS, PROGRAM, "serve"], {
    WEBHOOK_SECRET: SECRET,
    DATABASE_URL: `sqlite:///${path}`,
    HOST: "127.0.0.1",
    PORT: "0",
    LOG_LEVEL: "info",
  });
}

export function startPeer(path: string): Promise<ServerProcess> {
  return ServerProcess.start([...NODE_FLAGS, PEER, path], {});
}
