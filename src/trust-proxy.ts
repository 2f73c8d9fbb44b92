/** TRUST_PROXY: the proxies whose X-Forwarded-For is believed. */
import { BlockList, isIP } from "node:net";
import { InvalidSetting } from "./invalid-setting.ts";

/** As @fastify/proxy-addr has them: 127.0.0.1/8 and ::1; 169.254.0.0/16 and fe80::/10; the private networks and fc00::/7. */
const WORDS = ["loopback", "linklocal", "uniquelocal"];

const FORM = `must be a list of addresses, networks such as 10.0.0.0/8, or the words ${WORDS.join(", ")}`;

/** Throws InvalidSetting. */
export function parseTrustedProxies(value: string): readonly string[] {
  const proxies = value.split(/[\s,]+/).filter((entry) => entry !== "");
  for (const proxy of proxies) checkProxy(proxy);
  return Object.freeze(proxies);
}

function checkProxy(proxy: string): void {
  if (WORDS.includes(proxy)) return;
  if (/^\d+$/.test(proxy)) {
    throw new InvalidSetting(
      `${FORM}; a number of proxies is not taken, since whoever reaches the port could write as many`,
    );
  }
  const [address = "", prefix, ...rest] = proxy.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || address.includes("%"))
    throw new InvalidSetting(`${FORM}, not "${proxy}"`);
  if (prefix === undefined) return;
  const bits = Number(prefix);
  if (bits === 0)
    throw new InvalidSetting(`"${proxy}" is every address: anybody could say where he comes from`);
  try {
    if (!/^\d+$/.test(prefix)) throw new RangeError(prefix);
    new BlockList().addSubnet(address, bits, version === 6 ? "ipv6" : "ipv4");
  } catch {
    throw new InvalidSetting(`${FORM}, not "${proxy}"`);
  }
}
