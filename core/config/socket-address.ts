/**
 * `java.net.InetSocketAddress` without a network: literals are recognised and brought into Java's form, and every
 * well-formed name counts as resolvable, since a simulator resolves nothing.
 */
import { throwIllegalArgument, throwJava } from "./java-throwable.ts";
import type { Place } from "./problem.ts";

/** An address as ZooKeeper prints it: `host` is Java's `getHostString`, a name or a literal in full form. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

/** `new InetSocketAddress(port)`: every address of this machine. */
export function wildcardAddress(port: number, place: Place): SocketAddress {
  return { host: ANY, port: checkedPort(port, place) };
}

/** `new InetSocketAddress(host, port)`: an address that does not resolve stays a name. */
export function socketAddress(host: string, port: number, place: Place): SocketAddress {
  const checked = checkedPort(port, place);
  return { host: hostString(host), port: checked };
}

/** `new InetSocketAddress(InetAddress.getByName(host), port)`: a host that cannot exist is an error. */
export function resolvedAddress(
  host: string,
  port: number,
  hostPlace: Place,
  portPlace: Place,
): SocketAddress {
  const failure = getByNameFailure(host);
  if (failure !== undefined) {
    throwJava("UnknownHostException", failure, { kind: "unknown-host", host, ...hostPlace });
  }
  return { host: hostString(bracketed(host) ?? host), port: checkedPort(port, portPlace) };
}

/** `InetAddress.isAnyLocalAddress`. */
export function isAnyLocal(address: SocketAddress): boolean {
  return address.host === ANY || address.host === ANY6;
}

/** `InetSocketAddress.equals`, names being equal when they read the same. */
export function sameAddress(a: SocketAddress, b: SocketAddress): boolean {
  return a.port === b.port && ipOf(a.host).toLowerCase() === ipOf(b.host).toLowerCase();
}

/**
 * `InetSocketAddress.toString`: `name/ip:port`, the name being empty for a literal. Where Java would print what
 * a name resolved to, there is `<unresolved>`, which it prints for a name that did not resolve.
 */
export function javaToString(address: SocketAddress, fromPortAlone = false): string {
  const { host, port } = address;
  if (fromPortAlone) return `${host}/${host}:${port}`;
  if (host === LOCALHOST) return `${host}/${LOOPBACK}:${port}`;
  if (parseIpv4(host) !== undefined) return `/${host}:${port}`;
  if (parseIpv6(host) !== undefined) return `/[${host}]:${port}`;
  return `${host}/<unresolved>:${port}`;
}

/** `host:port` as a server line of a configuration has it, an IPv6 literal in brackets. */
export function formatAddress(address: SocketAddress): string {
  return `${formatHost(address.host)}:${address.port}`;
}

/** `QuorumServer.delimitedHostString`. */
export function formatHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

const ANY = "0.0.0.0";
const ANY6 = "0:0:0:0:0:0:0:0";
const LOCALHOST = "localhost";
const LOOPBACK = "127.0.0.1";

function checkedPort(port: number, place: Place): number {
  if (port < 0 || port > 0xffff) {
    throwIllegalArgument(`port out of range:${port}`, {
      kind: "port-out-of-range",
      port,
      ...place,
    });
  }
  return port;
}

/** An empty host is the loopback address; literals take Java's full form; names stay. */
function hostString(host: string): string {
  if (host === "") return LOCALHOST;
  return parseIpv4(host) ?? parseIpv6(host) ?? host;
}

function ipOf(host: string): string {
  return host.toLowerCase() === LOCALHOST ? LOOPBACK : host;
}

function bracketed(host: string): string | undefined {
  return host.length > 2 && host.startsWith("[") && host.endsWith("]")
    ? host.slice(1, -1)
    : undefined;
}

/** The message of the UnknownHostException of `InetAddress.getByName`, or undefined for a host that may exist. */
function getByNameFailure(host: string): string | undefined {
  if (host === "") return undefined;
  if (host.startsWith("[")) {
    const inner = bracketed(host);
    const isLiteral = inner !== undefined && parseIpv6(inner) !== undefined;
    return isLiteral ? undefined : `${host}: invalid IPv6 address literal`;
  }
  if (parseIpv4(host) !== undefined || parseIpv6(host) !== undefined) return undefined;
  const [literal = "", zone] = host.split("%");
  // A zone by name asks for a network interface, and a simulated machine has none.
  if (zone !== undefined && parseIpv6(literal) !== undefined) return `no such interface ${zone}`;
  if (/^[0-9a-f:]/i.test(host) && host.includes(":")) {
    return `${host}: invalid IPv6 address literal`;
  }
  return isResolvable(host) ? undefined : `${host}: Name or service not known`;
}

/** Labels of letters, digits, `-` and `_`; neither four numbers in a row that are no address, nor `.invalid`. */
function isResolvable(host: string): boolean {
  const isName = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i;
  return isName.test(host) && !/^[0-9.]+$/.test(host) && !/(^|\.)invalid\.?$/i.test(host);
}

/** `IPAddressUtil.textToNumericFormatV4`: one to four decimal parts, the last one filling what is left. */
function parseIpv4(text: string): string | undefined {
  if (text.length > 15 || !/^[0-9]+(\.[0-9]+){0,3}$/.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  const last = parts.pop() ?? 0;
  const rest = OCTET_SPANS.slice(parts.length);
  if (parts.some((part) => part > 0xff) || last >= 256 * (rest[0] ?? 1)) return undefined;
  const lastOctets = rest.map((span) => Math.floor(last / span) % 256);
  return [...parts, ...lastOctets].join(".");
}

/** What one step of each of the four octets is worth. */
const OCTET_SPANS: readonly number[] = [0x1000000, 0x10000, 0x100, 1];

/** An IPv6 literal as `Inet6Address.getHostAddress` prints it; one that carries an IPv4 address prints as that. */
function parseIpv6(text: string): string | undefined {
  const [address = "", zone, ...more] = text.split("%");
  if (more.length > 0 || (zone !== undefined && !/^[0-9]+$/.test(zone))) return undefined;
  const groups = ipv6Groups(address);
  if (groups === undefined) return undefined;
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) {
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join(".");
  }
  const suffix = zone === undefined ? "" : `%${Number(zone)}`;
  return groups.map((group) => group.toString(16)).join(":") + suffix;
}

function ipv6Groups(address: string): readonly number[] | undefined {
  const halves = address.split("::");
  if (halves.length > 2 || !address.includes(":")) return undefined;
  const [head, tail] = halves.map((half, i) => groupsOf(half, i === halves.length - 1));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** The groups of one side of `::`; an IPv4 literal may stand for the last two of the address. */
function groupsOf(half: string, mayEndInIpv4: boolean): readonly number[] | undefined {
  if (half === "") return [];
  const groups: number[] = [];
  const parts = half.split(":");
  for (const [i, part] of parts.entries()) {
    const isLast = i === parts.length - 1;
    if (isLast && mayEndInIpv4 && /^[0-9]+(\.[0-9]+){3}$/.test(part)) {
      const octets = parseIpv4(part)?.split(".").map(Number);
      if (octets === undefined) return undefined;
      const [a = 0, b = 0, c = 0, d = 0] = octets;
      groups.push(a * 256 + b, c * 256 + d);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
