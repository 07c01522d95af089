/**
 * The value of a `server.N` line: `host:quorumPort:electionPort[:type][;[clientHost:]clientPort]`
 * (`QuorumServer.initializeWithAddressString`).
 */
import { parseInt32 } from "./java-numbers.ts";
import { split, trim } from "./java-strings.ts";
import { throwConfigException, throwJava } from "./java-throwable.ts";
import type { Place, Problem } from "./problem.ts";
import { type SocketAddress, socketAddress } from "./socket-address.ts";
import type { LearnerType, ServerAddress } from "./zoo-cfg-types.ts";

export interface ServerLine {
  readonly type: LearnerType;
  readonly addresses: readonly ServerAddress[];
  readonly clientAddress: SocketAddress | null;
}

export interface ServerLineContext {
  readonly place: Place;
  /** `N`, as Java prints the long. */
  readonly sid: bigint;
  /** System property `zookeeper.multiAddress.enabled`; the key of the same name in zoo.cfg does not reach here. */
  readonly isMultiAddress: boolean;
}

/** Throws what Java throws; blanks count, since the value comes here untrimmed. */
export function parseServerLine(text: string, context: ServerLineContext): ServerLine {
  const { place, sid, isMultiAddress } = context;
  const wrongForm: Problem = { kind: "server-line-form", text, ...place };
  const parts = split(text, ";");
  const first = parts[0];
  if (first === undefined) throwArrayIndex(0, wrongForm);
  const serverAddresses = split(first, "|");
  const clientAddress = parts.length === 2 ? parseClientPart(parts[1] ?? "", text, place) : null;
  if (!isMultiAddress && serverAddresses.length > 1) {
    throwConfigException(
      `Multiple address feature is disabled, but multiple addresses were specified for sid ${sid}`,
      { kind: "several-addresses", ...place },
    );
  }
  const addresses: ServerAddress[] = [];
  let type: LearnerType | undefined;
  for (const serverAddress of serverAddresses) {
    const [host = "", quorum, election, typeText, ...more] = hostAndPorts(serverAddress, place);
    const isWellFormed = quorum !== undefined && election !== undefined && more.length === 0;
    if (parts.length > 2 || !isWellFormed) throwConfigException(text + WRONG_FORMAT, wrongForm);
    const quorumAddress = parseAddress(host, quorum, place);
    const electionAddress = parseAddress(host, election, place);
    if (quorumAddress.port === electionAddress.port) {
      throwConfigException(
        "Client and election port must be different! Please update the configuration file on " +
          `server.${sid}`,
        { kind: "same-ports", port: quorumAddress.port, ...place },
      );
    }
    addresses.push({
      host: quorumAddress.host,
      quorumPort: quorumAddress.port,
      electionPort: electionAddress.port,
    });
    if (typeText === undefined) continue;
    const ownType = parseType(typeText, place);
    type ??= ownType;
    if (type !== ownType) {
      throwConfigException(
        `Multiple addresses should have similar roles: PARTICIPANT vs ${ownType}`,
        { kind: "mixed-roles", ...place },
      );
    }
  }
  return { type: type ?? "PARTICIPANT", addresses: distinct(addresses), clientAddress };
}

/** `participant` or `observer`, in any case; undefined for anything else. */
export function parseLearnerType(text: string): LearnerType | undefined {
  const lower = text.toLowerCase();
  if (lower === "observer") return "OBSERVER";
  if (lower === "participant") return "PARTICIPANT";
  return undefined;
}

const WRONG_FORMAT =
  " does not have the form server_config or server_config;client_config" +
  " where server_config is the pipe separated list of host:port:port or host:port:port:type" +
  " and client_config is port or host:port";

function parseClientPart(clientPart: string, line: string, place: Place): SocketAddress {
  const wrongForm: Problem = { kind: "server-line-form", text: line, ...place };
  const parts = hostAndPorts(clientPart, place);
  if (parts.length > 2) throwConfigException(line + WRONG_FORMAT, wrongForm);
  const portText = parts.at(-1);
  if (portText === undefined) throwArrayIndex(-1, wrongForm);
  const host = parts.length === 2 ? (parts[0] ?? "") : "0.0.0.0";
  const port = parseInt32(portText);
  // Java names the host of the server here, which it has not read yet.
  if (port === undefined) throwUnresolved("null", portText, place);
  return socketAddress(host, port, place);
}

function parseAddress(host: string, portText: string, place: Place): SocketAddress {
  const port = parseInt32(portText);
  if (port === undefined) throwUnresolved(host, portText, place);
  return socketAddress(host, port, place);
}

function parseType(text: string, place: Place): LearnerType {
  const type = parseLearnerType(trim(text));
  if (type === undefined) {
    throwConfigException(`Unrecognised peertype: ${text}`, { kind: "peer-type", text, ...place });
  }
  return type;
}

/** `ConfigUtils.getHostAndPort`: splits at colons, an IPv6 literal in brackets being one part. */
function hostAndPorts(text: string, place: Place): readonly string[] {
  if (!text.startsWith("[")) return split(text, ":");
  const problem: Problem = { kind: "server-line-form", text, ...place };
  const end = text.indexOf("]");
  if (end < 0) {
    throwConfigException(`${text} starts with '[' but has no matching ']:'`, problem);
  }
  if (end + 2 === text.length) {
    throwConfigException(`${text} doesn't have a port after colon`, problem);
  }
  if (end + 2 > text.length) return [text.replaceAll(/[[\]]/g, "")];
  return [text.slice(1, end), ...split(text.slice(end + 2), ":")];
}

/** `MultipleAddresses` keeps sets: an address that is named twice is there once. */
function distinct(addresses: readonly ServerAddress[]): readonly ServerAddress[] {
  const seen = new Map<string, ServerAddress>();
  for (const address of addresses) {
    const key = `${address.host}:${address.quorumPort}:${address.electionPort}`;
    if (!seen.has(key)) seen.set(key, address);
  }
  return Array.from(seen.values());
}

function throwUnresolved(host: string, text: string, place: Place): never {
  throwConfigException(`Address unresolved: ${host}:${text}`, {
    kind: "not-a-number",
    text,
    expected: "int",
    ...place,
  });
}

function throwArrayIndex(index: number, problem: Problem): never {
  throwJava("ArrayIndexOutOfBoundsException", `Index ${index} out of bounds for length 0`, problem);
}
