import { Ajv2020, type ErrorObject, type SchemaObject } from "ajv/dist/2020.js";
import type { Failure } from "./errors.ts";
import { parseInstant } from "./instant.ts";

const ajv = new Ajv2020({ allErrors: true, verbose: true, allowUnionTypes: true, useDefaults: true });
ajv.addFormat("date-time", (value) => parseInstant(value) !== null);

/**
 * A function that takes a value of any kind and returns it when it fits the schema, its defaults filled in. Otherwise it
 * returns null, and adds to `failures` what is wrong with each member; the value as a whole is called `root`.
 * T is FromSchema of that schema; inferring it here would cost the type checker half a minute.
 */
export function createValidator<T>(
  schema: SchemaObject,
  root: string,
): (value: unknown, failures: Failure[]) => T | null {
  const check = ajv.compile<T>(schema);
  return (value, failures) => {
    if (check(value)) return value;
    failures.push(...failuresOf(check.errors ?? [], root));
    return null;
  };
}

function failuresOf(errors: readonly ErrorObject[], root: string): Failure[] {
  const problems = new Map<string, string>();
  for (const error of errors) {
    const { name, problem } = describe(error, root);
    // The first rule that a member breaks is enough to say what it must be.
    if (!problems.has(name)) problems.set(name, problem);
  }
  return [...problems].map(([name, problem]) => ({ name, problem }));
}

function describe(error: ErrorObject, root: string): { name: string; problem: string } {
  if (error.keyword === "required") {
    return { name: String(error.params["missingProperty"]), problem: "is required" };
  }
  const description = (error.parentSchema as { description?: string } | undefined)?.description;
  const rule = description?.split(". ")[0];
  return { name: error.instancePath.slice(1) || root, problem: rule ?? error.message ?? "is invalid" };
}
