import type { FastifyInstance } from "fastify";
import { AppError } from "../errors.ts";

interface RoutePattern {
  readonly matches: RegExp;
  readonly methods: Set<string>;
}

/** What no route takes: 405 with `Allow` where the path exists for another method, else 404. */
export function answerUnrouted(app: FastifyInstance): void {
  const patterns = new Map<string, RoutePattern>();
  app.addHook("onRoute", ({ url, method }) => {
    const pattern = patterns.get(url) ?? { matches: matcher(url), methods: new Set() };
    for (const name of [method].flat()) pattern.methods.add(name);
    patterns.set(url, pattern);
  });

  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "";
    const pattern = [...patterns.values()].find(({ matches }) => matches.test(path));
    if (pattern === undefined || pattern.methods.has(request.method))
      throw new AppError("not_found", "no such path: see /docs");
    const allow = [...pattern.methods].toSorted().join(", ");
    reply.header("allow", allow);
    throw new AppError("method_not_allowed", `${request.method} is not allowed here; allowed: ${allow}`);
  });
}

/** Fastify's pattern as a regular expression: `:name` stands for one segment, `*` for the rest. */
function matcher(url: string): RegExp {
  const parts = url.split(/(:\w+|\*)/).map((part) => {
    if (part === "*") return ".*";
    return part.startsWith(":") ? "[^/]+" : RegExp.escape(part);
  });
  return new RegExp(`^${parts.join("")}$`);
}
