import type { Socket } from "node:net";
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { AppError } from "../errors.ts";
import type { Crowd } from "./crowd.ts";

/** How often is looked for those who take no answer. */
const QUIET_CHECK_MS = 5_000;

const TOO_MANY = "too many requests are being answered; send again later";

/** Before routes are added, and before what else looks at a request. */
export function boundCrowd(app: FastifyInstance, crowd: Crowd): void {
  app.server.on("connection", (socket: Socket) => crowd.admit(socket));
  app.decorateRequest("crowdState", "over");
  app.addHook("onRequest", (request, _reply, done) => {
    crowd.begin(request);
    done();
  });
  app.addHook("preValidation", (request, _reply, done) => {
    done(crowd.arrive(request) ? undefined : new AppError("unavailable", TOO_MANY));
  });
  app.addHook("onSend", (request, _reply, payload, done) => {
    if (payload instanceof Readable) crowd.stream(request);
    else crowd.answer(request);
    done();
  });
  const checking = setInterval(() => crowd.closeStalled(), QUIET_CHECK_MS).unref();
  app.addHook("preClose", (done) => {
    clearInterval(checking);
    done();
  });
}
