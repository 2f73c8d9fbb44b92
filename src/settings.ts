/** The settings of an environment by name, and what is wrong with them. What they mean: config.ts. */
import { AppError } from "./errors.ts";
import { InvalidSetting } from "./invalid-setting.ts";
import { checkTlsParameter, TLS_VARIABLES, withTlsParameter } from "./postgres-tls.ts";
import {
  DEFAULT_DATABASE_URL,
  isOfPostgres,
  parseDatabaseUrl,
  type StoreLocation,
} from "./store-location.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads settings by name, and gathers what is wrong with them. An empty value counts as not set. */
export class Settings {
  readonly #environment: Environment;
  readonly #problems: string[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The fallback also when the value is wrong: throwIfRefused follows. */
  read<T, F>(name: string, fallback: F, parse: (value: string) => T): T | F {
    const value = this.#environment[name];
    if (value === undefined || value === "") return fallback;
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof InvalidSetting)) throw error;
      this.refuse(name, error.message);
      return fallback;
    }
  }

  readStore(name = "DATABASE_URL"): StoreLocation {
    const store = this.read(name, parseDatabaseUrl(DEFAULT_DATABASE_URL), (value) =>
      parseDatabaseUrl(this.#withTls(value)),
    );
    return Object.freeze(store);
  }

  /** What the URL leaves out of TLS, from the variables that every client of PostgreSQL reads. */
  #withTls(url: string): string {
    if (!isOfPostgres(url)) return url;
    let whole = url;
    for (const [parameter, variable] of TLS_VARIABLES) {
      const said = this.read(variable, "", (value) => {
        checkTlsParameter(parameter, value);
        return value;
      });
      if (said !== "") whole = withTlsParameter(whole, parameter, said);
    }
    return whole;
  }

  refuse(name: string, problem: string): void {
    this.#problems.push(`${name}: ${problem}`);
  }

  throwIfRefused(): void {
    if (this.#problems.length === 0) return;
    throw new AppError("cannot_start", `wrong settings:\n  ${this.#problems.join("\n  ")}`);
  }
}

/** Throws InvalidSetting unless it is a whole number between the two, both inclusive; `what` names it. */
export function parseInteger(value: string, what: string, min: number, max: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < min || number > max) {
    throw new InvalidSetting(`must be ${what} from ${min} to ${max}, not "${value}"`);
  }
  return number;
}

/** True for the one word that a setting may say. */
export function parseWord(value: string, word: string): true {
  if (value.toLowerCase() !== word) throw new InvalidSetting(`must be ${word} or empty, not "${value}"`);
  return true;
}
