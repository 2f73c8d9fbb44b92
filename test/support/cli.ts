import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { type Finished, runProgram } from "./program.ts";
import { tempFolder } from "./temp.ts";

/** A client command against the service at `url`, which it finds by HOST and PORT, as a person would have it. */
export async function runClient(
  t: TestContext,
  url: string,
  args: readonly string[],
  options: { input?: string | Buffer; secret?: string | undefined; token?: string } = {},
): Promise<Finished> {
  const { hostname, port } = new URL(url);
  const env = {
    HOST: hostname,
    PORT: port,
    API_TOKEN: options.token,
    ...("secret" in options && { WEBHOOK_SECRET: options.secret }),
  };
  const input = options.input === undefined ? {} : { input: options.input };
  return runProgram(args, { cwd: tempFolder(t), env, ...input });
}

/** The address of a port on which nothing listens any more. */
export async function deserted(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}
