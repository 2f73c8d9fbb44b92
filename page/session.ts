/** The API token, for as long as the tab is open, and what it may do. */
import type { Role } from "../src/access.ts";
import { createCell } from "./cell.ts";

const TOKEN_KEY = "lyftr-token";

/** What GET /access answers. */
export interface Access {
  readonly role: Role;
  /** Its name; null where none are set. */
  readonly token: string | null;
}

/** Whether the service has refused what was asked, for want of a token that it knows. */
export const isTokenNeeded = createCell(false);
/** Undefined until the service has said it. */
export const access = createCell<Access | undefined>(undefined);

export function token(): string | null {
  return sessionStorage.getItem(TOKEN_KEY);
}

export function signIn(given: string, granted: Access): void {
  sessionStorage.setItem(TOKEN_KEY, given);
  access.set(granted);
  isTokenNeeded.set(false);
}

/** Also when the service knows the token no more. */
export function signOut(): void {
  sessionStorage.removeItem(TOKEN_KEY);
  access.set(undefined);
  isTokenNeeded.set(true);
}
