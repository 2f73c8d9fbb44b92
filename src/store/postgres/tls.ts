/** What a connection to the server is encrypted with, as the settings say (postgres-tls.ts). */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type ConnectionOptions, createSecureContext, getCACertificates } from "node:tls";
import { AppError } from "../../errors.ts";
import type { PostgresTls } from "../../postgres-tls.ts";
import { isWithoutTls, stateOf } from "./failure.ts";

/** Without TLS, or with it. */
export type Encryption = false | ConnectionOptions;

/** invalid_authorization_specification: pg_hba.conf takes this user from there with TLS alone, or without it alone. */
const NOT_SO = "28000";

/**
 * What is to be tried in turn. Files are read for each connection, so that a certificate may be renewed under a running process.
 * Rejects with AppError `unavailable` that names the file.
 */
export async function encryptionsOf(tls: PostgresTls): Promise<readonly Encryption[]> {
  const { mode, rootCertificate } = tls;
  if (mode === "disable") return [false];
  const secureContext = await contextOf(tls);
  const unchecked: Encryption = { secureContext, rejectUnauthorized: false };
  if (mode === "allow") return [false, unchecked];
  if (mode === "prefer") return [unchecked, false];
  if (mode === "require" && rootCertificate === undefined) return [unchecked];
  if (mode === "verify-full") return [{ secureContext, rejectUnauthorized: true }];
  return [{ secureContext, rejectUnauthorized: true, checkServerIdentity: () => undefined }];
}

/** Whether the same server may take the connection with the other of TLS and no TLS. */
export function isOfEncryption(error: unknown): boolean {
  return stateOf(error) === NOT_SO || isWithoutTls(error);
}

async function contextOf(tls: PostgresTls): Promise<ConnectionOptions["secureContext"]> {
  const [ca, cert, key] = await Promise.all([
    tls.rootCertificate === "system" ? getCACertificates("system") : read("sslrootcert", tls.rootCertificate),
    read("sslcert", tls.certificate),
    read("sslkey", tls.key),
  ]);
  try {
    // One without any certificate would be taken for an authority that nobody is of.
    if (Buffer.isBuffer(ca)) void new X509Certificate(ca);
    return createSecureContext({ ca, cert, key, passphrase: tls.password });
  } catch (error) {
    const files = [tls.rootCertificate, tls.certificate, tls.key].filter((file) => file !== undefined);
    throw unusable(`${files.join(", ")} cannot be used for TLS`, error);
  }
}

async function read(parameter: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw unusable(`${parameter} cannot be read`, error);
  }
}

function unusable(what: string, error: unknown): AppError {
  const reason = `${what}: ${error instanceof Error ? error.message : String(error)}`;
  return new AppError("unavailable", "the store is not available now", { reason, cause: error });
}
