import type { Client } from "pg";
import { AppError } from "../../errors.ts";

/** What PostgreSQL calls a warning (SQLSTATE 01000). */
const WARNING = "01000";

/**
 * A commit that no longer waits for its synchronous standby, because it was told to stop waiting, is reported as done, with a
 * warning. It is not what was promised: its outcome is unknown, and sending again is safe.
 */
export async function withoutWarning<T>(client: Client, work: () => Promise<T>): Promise<T> {
  let warning: string | undefined;
  const note = ({ code, message }: { code?: string | undefined; message?: string | undefined }): void => {
    if (code === WARNING) warning = message;
  };
  client.on("notice", note);
  try {
    const done = await work();
    if (warning === undefined) return done;
    throw new AppError("unavailable", "the store is not available now", { reason: warning });
  } finally {
    client.off("notice", note);
  }
}
