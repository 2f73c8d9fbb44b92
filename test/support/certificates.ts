/**
 * X.509 certificates (RFC 5280) for tests, made by the test that needs them: none is kept that could expire, and no program has to be
 * there. In DER every value is its tag, its length and its bytes.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIPv4 } from "node:net";

export interface Certificate {
  readonly name: string;
  /** PEM. */
  readonly certificate: string;
  readonly key: KeyObject;
}

/** An authority, or a server that vouches for itself. `hosts`: IPv4 addresses and names. */
export function selfSigned(name: string, hosts: readonly string[] = []): Certificate {
  return issue(name, hosts, null);
}

export function signedBy(authority: Certificate, name: string, hosts: readonly string[] = []): Certificate {
  return issue(name, hosts, authority);
}

/** PEM; with a password, encrypted. */
export function keyOf({ key }: Certificate, passphrase?: string): string {
  const secret = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
  return key.export({ type: "pkcs8", format: "pem", ...secret }).toString();
}

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
const TRUE = Buffer.from([0x01, 0x01, 0xff]);
/** Tags of a structure's own members, by their number. */
const MEMBER = 0xa0;
const SHORT_MEMBER = 0x80;

const ECDSA_WITH_SHA256 = oid("2a8648ce3d040302");
const COMMON_NAME = oid("550403");
const BASIC_CONSTRAINTS = oid("551d13");
const ALTERNATIVE_NAMES = oid("551d11");

function issue(name: string, hosts: readonly string[], authority: Certificate | null): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256);
  const content = der(
    SEQUENCE,
    der(MEMBER, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.from([1, ...randomBytes(8)])),
    algorithm,
    distinguished(authority?.name ?? name),
    der(SEQUENCE, time("20000101000000Z"), time("99991231235959Z")),
    distinguished(name),
    publicKey.export({ type: "spki", format: "der" }),
    der(MEMBER + 3, der(SEQUENCE, ...extensions(hosts, authority === null))),
  );
  const signature = sign("sha256", content, authority?.key ?? privateKey);
  const whole = der(SEQUENCE, content, algorithm, der(BIT_STRING, Buffer.from([0]), signature));
  const lines = (whole.toString("base64").match(/.{1,64}/g) ?? []).join("\n");
  const certificate = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  return { name, certificate, key: privateKey };
}

function extensions(hosts: readonly string[], isAuthority: boolean): Buffer[] {
  const constraints = der(OCTET_STRING, der(SEQUENCE, ...(isAuthority ? [TRUE] : [])));
  const names = hosts.map((host) =>
    isIPv4(host)
      ? der(SHORT_MEMBER + 7, Buffer.from(host.split(".").map(Number)))
      : der(SHORT_MEMBER + 2, Buffer.from(host)),
  );
  const alternatives = der(SEQUENCE, ALTERNATIVE_NAMES, der(OCTET_STRING, der(SEQUENCE, ...names)));
  return [der(SEQUENCE, BASIC_CONSTRAINTS, TRUE, constraints), ...(names.length === 0 ? [] : [alternatives])];
}

function distinguished(name: string): Buffer {
  return der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(name)))));
}

function time(at: string): Buffer {
  return der(GENERALIZED_TIME, Buffer.from(at));
}

function oid(hex: string): Buffer {
  return der(OBJECT_ID, Buffer.from(hex, "hex"));
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}
