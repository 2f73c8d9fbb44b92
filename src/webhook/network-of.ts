import { isIPv6 } from "node:net";

/** IPv4 as an address of IPv6, which is how a socket that listens on both tells it (RFC 4291 §2.5.5.2). */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** Groups of 16 bits in the network part: one subscriber has at least as large a network (RFC 6177). */
const NETWORK_GROUPS = 4;
const GROUPS = 8;

/** Whom an address belongs to: itself, or of IPv6 the network of 64 bits, within which one sender can take any address. */
export function networkOf(address: string): string {
  const mapped = MAPPED.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [start = "", end] = (address.split("%", 1)[0] ?? "").split("::");
  const first = groupsOf(start);
  const last = groupsOf(end ?? "");
  const left = Array.from({ length: GROUPS - first.length - last.length }, () => "0");
  const groups = end === undefined ? first : [...first, ...left, ...last];
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}

/** One that is written as IPv4 stands for two; it is never in the first half of an address. */
function groupsOf(part: string): string[] {
  if (part === "") return [];
  return part.split(":").flatMap((group) => (group.includes(".") ? ["0", "0"] : [group]));
}
