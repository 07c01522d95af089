import type { Host } from "../client/connect-string.ts";
import { electionSettings } from "../config/election-settings.ts";
import { formatEnsemble, formatServer } from "../config/format.ts";
import { decodeInt32, parseInt32, parseInt64 } from "../config/java-numbers.ts";
import { trim } from "../config/java-strings.ts";
import { formatAddress, formatHost, isAnyLocal, sameAddress } from "../config/socket-address.ts";
import type { ServerCfg, ZooCfg } from "../config/zoo-cfg-types.ts";
import type { ServerId } from "../ids.ts";
import type { QuorumVerifier } from "../quorum/verifier.ts";
import type { Member, PeerConfig } from "./peer.ts";
import { type ServiceConfig, serviceConfigOf } from "./service/config.ts";

/**
 * What each server of an ensemble is told when it is built. They share one zoo.cfg and differ in their myid, as in
 * practice, so one file gives the configuration of all of them. Properties that the file sets go over the given ones.
 */
export function peersOf(
  config: ZooCfg,
  properties: Readonly<Record<string, string>> = {},
): PeerConfig[] {
  const verifier = verifierOf(config);
  const all = { ...properties, ...config.systemProperties };
  const settings = electionSettings(all);
  const zab = zabSettings(all);
  const service = serviceConfigOf(config, properties);
  const clientAddresses = clientAddressesOf(config);
  const members: readonly Member[] = config.servers.map((server) => ({
    id: server.id,
    type: server.type,
    electionAddress: electionAddressOf(server),
  }));
  const configText = configTextOf(config);
  return config.servers.map((server, i) => ({
    id: server.id,
    type: server.type,
    members,
    verifier,
    configText,
    configVersion: config.quorumVersion,
    tickMs: config.tickTime,
    initLimit: config.initLimit,
    syncLimit: config.syncLimit,
    connectToLearnerMasterLimit: config.connectToLearnerMasterLimit,
    minNotificationMs: settings.minNotificationIntervalMs,
    maxNotificationMs: settings.maxNotificationIntervalMs,
    cnxTimeoutMs: settings.cnxTimeoutMs,
    leaderConnectDelayMs: settings.leaderConnectDelayDuringRetryMs,
    maxTimeToWaitForEpochMs: settings.maxTimeToWaitForEpochMs,
    observerElectionDelayMs: settings.observerElectionDelayMs,
    ...zab,
    syncEnabled: config.syncEnabled,
    clientAddress: clientAddresses[i] ?? nowhere(server.id),
    service: {
      ...service,
      serverId: server.id,
      globalOutstandingLimit: outstandingLimit(service, verifier, server),
    },
  }));
}

/**
 * What notifications carry and /zookeeper/config holds (QuorumVerifier.toString). Unlike a file that somebody writes, it
 * names the type of every server.
 */
function configTextOf(config: ZooCfg): string {
  const servers = config.servers.map((server) => `server.${server.id}=${serverText(server)}\n`);
  const groups = formatEnsemble({ ...config, servers: [] });
  return `${servers.join("")}${groups}version=${config.quorumVersion.toString(16)}`;
}

/** `QuorumServer.toString`. */
function serverText({
  addresses,
  type,
  clientAddress,
  isClientAddressFromStatic,
}: ServerCfg): string {
  const quorum = addresses
    .map(
      ({ host, quorumPort, electionPort }) => `${formatHost(host)}:${quorumPort}:${electionPort}`,
    )
    .join("|");
  const hasClient = clientAddress !== null && !isClientAddressFromStatic;
  const client = hasClient ? `;${formatAddress(clientAddress)}` : "";
  return `${quorum}:${type.toLowerCase()}${client}`;
}

/**
 * Under which address clients know each server, in the order of the servers: the one of its own line or, with the port
 * that the file names for all, its host. One file for all servers may put several on one machine and leave the port to
 * each server's own file, which nobody has here; where addresses would be the same, a server's host is `server<id>`.
 */
export function clientAddressesOf(config: ZooCfg): readonly Host[] {
  const addresses = config.servers.map((server) => clientAddressOf(server, config));
  return addresses.map((address, i) => {
    const isAlone = addresses.every((other, j) => i === j || !sameAddress(address, other));
    return isAlone ? address : { ...address, host: simulatedHost(config.servers[i]?.id) };
  });
}

function clientAddressOf(server: ServerCfg, config: ZooCfg): Host {
  const ofLine = server.isClientAddressFromStatic ? null : server.clientAddress;
  const address = ofLine ?? config.clientPortAddress;
  if (address === null) return nowhere(server.id);
  const { port } = address;
  if (ofLine !== null && !isAnyLocal(ofLine)) return { host: ofLine.host, port };
  return { host: server.addresses[0]?.host ?? simulatedHost(server.id), port };
}

/** No client port: the server listens to no client. */
function nowhere(id: ServerId): Host {
  return { host: simulatedHost(id), port: 0 };
}

function simulatedHost(id: ServerId | undefined): string {
  return `server${id}`;
}

type ZabSettings = Pick<
  PeerConfig,
  | "leaderServes"
  | "commitLogCount"
  | "snapshotSizeFactor"
  | "preAllocBytes"
  | "maxConcurrentSnapSyncs"
  | "maxConcurrentDiffSyncs"
  | "readOnlyMode"
  | "initialCounter"
>;

const MIN_COMMIT_LOG_COUNT = 500;
const DEFAULT_SNAPSHOT_SIZE_FACTOR = 0.33;
const DEFAULT_PRE_ALLOC_KIB = 65_536;
const COUNTER_BITS = 32;

/** The Java system properties that steer synchronisation and broadcast. All but one have the prefix `zookeeper.`. */
function zabSettings(properties: Readonly<Record<string, string>>): ZabSettings {
  const get = (name: string): string => properties[`zookeeper.${name}`] ?? "";
  const preAllocKib = Number(parseInt64(get("preAllocSize")) ?? DEFAULT_PRE_ALLOC_KIB);
  // Leader.lead takes the lower half of a long.
  const initialZxid = parseInt64(get("testingonly.initialZxid")) ?? 0n;
  return {
    leaderServes: get("leaderServes") !== "no",
    commitLogCount: Math.max(MIN_COMMIT_LOG_COUNT, parseInt32(get("commitLogCount")) ?? 0),
    snapshotSizeFactor: snapshotSizeFactorOf(get("snapshotSizeFactor")),
    preAllocBytes: preAllocKib * 1024,
    maxConcurrentSnapSyncs: decodeInt32(get("leader.maxConcurrentSnapSyncs")) ?? 10,
    maxConcurrentDiffSyncs: decodeInt32(get("leader.maxConcurrentDiffSyncs")) ?? 100,
    // Without the prefix, so that no zoo.cfg can set it.
    readOnlyMode: properties["readonlymode.enabled"]?.toLowerCase() === "true",
    initialCounter: Number(BigInt.asUintN(COUNTER_BITS, initialZxid)),
  };
}

/** `Double.parseDouble`, of plain decimals; nonsense and what is above 1 gives the default (ZKDatabase). */
function snapshotSizeFactorOf(text: string): number {
  const number = trim(text);
  const isNumber = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[dDfF]?$/.test(number);
  const factor = isNumber ? Number.parseFloat(number) : Number.NaN;
  return factor <= 1 ? factor : DEFAULT_SNAPSHOT_SIZE_FACTOR;
}

/** The voters share the limit, but for one of them (QuorumZooKeeperServer's getGlobalOutstandingLimit). */
function outstandingLimit(
  service: ServiceConfig,
  { voters }: QuorumVerifier,
  { type }: ServerCfg,
): number {
  const { globalOutstandingLimit } = service;
  if (type === "OBSERVER" || voters.length <= 2) return globalOutstandingLimit;
  return Math.floor(globalOutstandingLimit / (voters.length - 1));
}

/** An oracle decides only for two servers of which one is gone; as long as nobody asks it, a majority does. */
function verifierOf(config: ZooCfg): QuorumVerifier {
  const { quorumVerifier } = config;
  if (quorumVerifier.kind === "oracle") {
    return { kind: "majority", voters: quorumVerifier.voters };
  }
  return quorumVerifier;
}

function electionAddressOf(server: ServerCfg): string {
  const address = server.addresses[0];
  return address === undefined ? formatServer(server) : `${address.host}:${address.electionPort}`;
}
