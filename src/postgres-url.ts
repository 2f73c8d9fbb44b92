/**
 * A connection URL of PostgreSQL (libpq-connect, "Connection URIs"), which may name several hosts, as the class URL may not:
 * postgres://user:password@host1:5432,host2:5432/database?sslmode=verify-full
 */

const POSTGRES_URL = /^(?<scheme>postgres(?:ql)?:\/\/)(?<user>[^/?#]*@)?(?<hosts>[^/?#@]*)(?<rest>[/?].*)?$/;

/** One URL for each host, in the order given; null when it is not one. */
export function splitHosts(url: string): string[] | null {
  const { scheme, user = "", hosts, rest = "" } = POSTGRES_URL.exec(url)?.groups ?? {};
  if (scheme === undefined || hosts === undefined) return null;
  const each = hosts.split(",").map((host) => `${scheme}${user}${host}${rest}`);
  // A host may be left out only when it is a socket: ?host=/var/run/postgresql
  const isNamed = hosts.split(",").every((host) => host !== "") || /[?&]host=/.test(rest);
  return isNamed && each.every((one) => URL.canParse(one)) ? each : null;
}

/** The URL as it may be shown: without user and password, and without what follows the database's name. */
export function shownUrl(url: string): string {
  const { scheme = "", hosts = "", rest = "" } = POSTGRES_URL.exec(url)?.groups ?? {};
  return `${scheme}${hosts}${rest.replace(/\?.*$/, "")}`;
}

/** Whether the only host of the URL is a folder in which the server has its socket. */
export function isSocket(url: string): boolean {
  const { hosts = "", rest = "" } = POSTGRES_URL.exec(url)?.groups ?? {};
  return /^(?:\/|%2f)/i.test(/[?&]host=([^&]*)/.exec(rest)?.[1] ?? hosts);
}
