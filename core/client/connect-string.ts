import { numberFormatMessage, parseInt32 } from "../config/java-numbers.ts";
import { split, trim } from "../config/java-strings.ts";
import { formatHost } from "../config/socket-address.ts";
import { validatePath } from "../tree/path.ts";

/** `h1:p1,h2:p2[/chroot]`, as ConnectStringParser and NetUtils read it. */

export interface Host {
  readonly host: string;
  readonly port: number;
}

export interface ConnectString {
  readonly hosts: readonly Host[];
  /** Null for none, and for "/". */
  readonly chroot: string | null;
}

/** What is wrong, in Java's words, and with which part of the string. */
export interface ConnectStringProblem {
  readonly reason: string;
  readonly part: string;
}

export type ParsedConnectString =
  | { readonly ok: true; readonly value: ConnectString }
  | { readonly ok: false; readonly problem: ConnectStringProblem };

const DEFAULT_PORT = 2181;
const MAX_PORT = 65_535;

export function parseConnectString(text: string): ParsedConnectString {
  const slash = text.indexOf("/");
  const root = slash < 0 ? "/" : text.slice(slash);
  if (root !== "/") {
    const reason = validatePath(root, false);
    if (reason !== undefined) return failed(reason, root);
  }
  const list = slash < 0 ? text : text.slice(0, slash);
  const hosts: Host[] = [];
  for (const entry of split(list, ",")) {
    const part = trim(entry);
    if (part === "") continue;
    const host = hostOf(part);
    if (typeof host === "string") return failed(host, part);
    hosts.push(host);
  }
  // Java finds this out later, when it builds the StaticHostProvider.
  if (hosts.length === 0) return failed("A HostProvider may not be empty!", text);
  return { ok: true, value: { hosts, chroot: root === "/" ? null : root } };
}

/** `host:port`, an IPv6 literal in brackets. */
export function formatHostPort(host: Host): string {
  return `${formatHost(host.host)}:${host.port}`;
}

/** The path as the server knows it (ZooKeeper.prependChroot). */
export function toServerPath(chroot: string | null, path: string): string {
  if (chroot === null) return path;
  return path.length === 1 ? chroot : chroot + path;
}

/** A path that a server gave, without the chroot: cut by its length and not compared, as Java does. */
export function toClientPath(chroot: string | null, path: string): string {
  return chroot === null ? path : path.slice(chroot.length);
}

/** The path of an event; one that is too short to lie under the chroot stays (SendThread.readResponse). */
export function toClientEventPath(chroot: string | null, path: string): string {
  if (chroot === null) return path;
  if (path === chroot) return "/";
  return path.length > chroot.length ? path.slice(chroot.length) : path;
}

function failed(reason: string, part: string): ParsedConnectString {
  return { ok: false, problem: { reason, part } };
}

/** One server, or what is wrong with it. */
function hostOf(part: string): Host | string {
  if (part.startsWith("[")) return bracketed(part);
  const colon = part.lastIndexOf(":");
  if (colon < 0) return { host: part, port: DEFAULT_PORT };
  // A colon at the end is passed over.
  const port = colon === part.length - 1 ? "" : part.slice(colon + 1);
  return withPort(part.slice(0, colon), port);
}

/** An IPv6 literal in brackets (NetUtils.getIPV6HostAndPort). */
function bracketed(part: string): Host | string {
  const end = part.lastIndexOf("]");
  if (end < 0) return `${part} starts with '[' but has no matching ']'`;
  const host = part.slice(1, end);
  if (host === "") return " is empty.";
  const rest = part.slice(end + 1);
  if (rest === "") return { host, port: DEFAULT_PORT };
  if (!rest.startsWith(":")) return `${part} does not have : after ]`;
  if (rest === ":") return `${part} doesn't have a port after colon.`;
  return withPort(host, rest.slice(1));
}

function withPort(host: string, text: string): Host | string {
  if (text === "") return { host, port: DEFAULT_PORT };
  const port = parseInt32(text);
  if (port === undefined) return numberFormatMessage(text);
  if (port < 0 || port > MAX_PORT) return `port out of range:${port}`;
  return { host, port };
}
