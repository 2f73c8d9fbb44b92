import type { FastifyInstance } from "fastify";
import { access, problem } from "../schemas.ts";
import { grantOf } from "./guard.ts";

const schema = {
  summary: "What whoever asks may do",
  description: "By its token, or by where it asks from. `read` may read, `admin` may erase as well.",
  tags: ["service"],
  response: { 200: access, 401: problem },
};

export function accessRoute(app: FastifyInstance): void {
  app.get("/access", { schema }, (request) => grantOf(request));
}
