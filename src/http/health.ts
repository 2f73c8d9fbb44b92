import type { FastifyInstance } from "fastify";
import { AppError } from "../errors.ts";
import { problem, statusOf } from "../schemas.ts";
import type { Secrets } from "../secrets.ts";
import type { Store } from "../store/store.ts";

/** A store that takes longer than this to answer would not take a message in time either. */
const READY_MS_MAX = 2_000;

const liveSchema = { summary: "The process runs", tags: ["service"], response: { 200: statusOf("live") } };
const readySchema = {
  tags: ["service"],
  summary: "The service takes messages: the store answers on the current schema, a secret is set",
  response: { 200: statusOf("ready"), 503: problem },
};

export function healthRoutes(app: FastifyInstance, store: Store, secrets: Secrets): void {
  app.get("/health/live", { schema: liveSchema }, () => ({ status: "live" }));

  app.get("/health/ready", { schema: readySchema }, async () => {
    await requireReady(store, secrets);
    return { status: "ready" };
  });
}

/** What the route would say. */
export async function isReady(store: Store, secrets: Secrets): Promise<boolean> {
  return requireReady(store, secrets).then(
    () => true,
    () => false,
  );
}

/** Throws AppError that says why messages are not taken now. */
async function requireReady(store: Store, secrets: Secrets): Promise<void> {
  if (!secrets.accepted.some((secret) => secret !== "")) {
    throw new AppError("unavailable", "no WEBHOOK_SECRET is set");
  }
  await withinTime(store.ready());
}

async function withinTime(answer: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const detail = `the store did not answer within ${READY_MS_MAX} ms`;
    timer = setTimeout(() => reject(new AppError("unavailable", detail)), READY_MS_MAX);
  });
  try {
    await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
