import type { ZooCfg } from "../../config/zoo-cfg-types.ts";

/** What the service is told once, when it is built: zoo.cfg and the Java system properties, with ZooKeeper's defaults. */
export interface ServiceConfig {
  /** The high byte of session ids: 1 in standalone (SessionTrackerImpl is given 1), myid in an ensemble. */
  readonly serverId: number;
  readonly tickTime: number;
  readonly minSessionTimeout: number;
  readonly maxSessionTimeout: number;
  /** Connections of one IP address; 0: no limit. */
  readonly maxClientCnxns: number;
  /** Bytes of one frame from a client. */
  readonly juteMaxBuffer: number;
  readonly globalOutstandingLimit: number;
  /** ms that a connection may stay without a session (zookeeper.nio.sessionlessCnxnTimeout). */
  readonly sessionlessCnxnTimeout: number;
  /** TTL nodes. */
  readonly extendedTypes: boolean;
  readonly enforceQuota: boolean;
  readonly skipACL: boolean;
  /** `super:base64(sha1)`: the digest identity that passes every check. */
  readonly superDigest: string | undefined;
  /** zookeeper.sessionRequireClientSASLAuth: the first request of a connection without SASL closes it. */
  readonly requireSasl: boolean;
  readonly reconfigEnabled: boolean;
  /** Events reach only those who may read the znode (ZOOKEEPER-4799): 3.8.4 and the recorded 3.8.0 build. */
  readonly filterEventsByRead: boolean;
  /** Transactions between snapshots; the server draws the moment between half of it and all of it. */
  readonly snapCount: number;
  /** ms until the snapshot thread gets to the tree: what is applied meanwhile is in the snapshot too. */
  readonly snapshotDelayMs: number;
  readonly containerCheckIntervalMs: number;
  readonly containerMaxPerMinute: number;
  /** 0: containers that never had a child stay. */
  readonly containerMaxNeverUsedIntervalMs: number;
  readonly snapRetainCount: number;
  /** Hours; 0: no purge. */
  readonly purgeIntervalHours: number;
  /** Sessions that only the server they are with knows of, and that become global when they need to be. */
  readonly localSessionsEnabled: boolean;
  readonly localSessionsUpgradingEnabled: boolean;
  /** A log without any snapshot is read from its beginning, instead of refused (snapshot.trust.empty). */
  readonly trustEmptySnapshot: boolean;
}

export const DEFAULT_SERVICE_CONFIG: ServiceConfig = {
  serverId: 1,
  tickTime: 3000,
  minSessionTimeout: 6000,
  maxSessionTimeout: 60_000,
  maxClientCnxns: 60,
  juteMaxBuffer: 0xfffff,
  globalOutstandingLimit: 1000,
  sessionlessCnxnTimeout: 10_000,
  extendedTypes: false,
  enforceQuota: false,
  skipACL: false,
  superDigest: undefined,
  requireSasl: false,
  reconfigEnabled: false,
  filterEventsByRead: true,
  snapCount: 100_000,
  snapshotDelayMs: 1,
  containerCheckIntervalMs: 60_000,
  containerMaxPerMinute: 10_000,
  containerMaxNeverUsedIntervalMs: 0,
  snapRetainCount: 3,
  purgeIntervalHours: 0,
  localSessionsEnabled: false,
  localSessionsUpgradingEnabled: false,
  trustEmptySnapshot: false,
};

/** A configuration in which the session timeouts follow from the tick time unless they are given. */
export function serviceConfig(settings: Partial<ServiceConfig> = {}): ServiceConfig {
  const tickTime = settings.tickTime ?? DEFAULT_SERVICE_CONFIG.tickTime;
  return {
    ...DEFAULT_SERVICE_CONFIG,
    minSessionTimeout: tickTime * 2,
    maxSessionTimeout: tickTime * 20,
    ...settings,
  };
}

/**
 * What a parsed zoo.cfg and the Java system properties say. Properties that the file sets (`cfg.systemProperties`)
 * go over the given ones, as QuorumPeerConfig puts them into the process.
 */
export function serviceConfigOf(
  cfg: ZooCfg,
  properties: Readonly<Record<string, string>> = {},
): ServiceConfig {
  const read = reader({ ...properties, ...cfg.systemProperties });
  const d = DEFAULT_SERVICE_CONFIG;
  return {
    serverId: cfg.distributed ? cfg.serverId : 1,
    tickTime: cfg.tickTime,
    minSessionTimeout: cfg.minSessionTimeout === -1 ? cfg.tickTime * 2 : cfg.minSessionTimeout,
    maxSessionTimeout: cfg.maxSessionTimeout === -1 ? cfg.tickTime * 20 : cfg.maxSessionTimeout,
    maxClientCnxns: cfg.maxClientCnxns,
    juteMaxBuffer: read.int("jute.maxbuffer", d.juteMaxBuffer),
    globalOutstandingLimit: read.int("zookeeper.globalOutstandingLimit", d.globalOutstandingLimit),
    sessionlessCnxnTimeout: read.int(
      "zookeeper.nio.sessionlessCnxnTimeout",
      d.sessionlessCnxnTimeout,
    ),
    extendedTypes: read.flag("zookeeper.extendedTypesEnabled"),
    enforceQuota: read.flag("zookeeper.enforceQuota"),
    // ZooKeeperServer compares with "yes", and nothing else counts.
    skipACL: read.text("zookeeper.skipACL") === "yes",
    superDigest: read.text("zookeeper.DigestAuthenticationProvider.superDigest"),
    requireSasl: read.flag("zookeeper.sessionRequireClientSASLAuth"),
    reconfigEnabled: cfg.reconfigEnabled,
    filterEventsByRead: d.filterEventsByRead,
    snapCount: Math.max(2, read.int("zookeeper.snapCount", d.snapCount)),
    snapshotDelayMs: d.snapshotDelayMs,
    containerCheckIntervalMs: read.int(
      "znode.container.checkIntervalMs",
      d.containerCheckIntervalMs,
    ),
    containerMaxPerMinute: read.int("znode.container.maxPerMinute", d.containerMaxPerMinute),
    containerMaxNeverUsedIntervalMs: read.int(
      "znode.container.maxNeverUsedIntervalMs",
      d.containerMaxNeverUsedIntervalMs,
    ),
    snapRetainCount: cfg.snapRetainCount,
    purgeIntervalHours: cfg.purgeInterval,
    localSessionsEnabled: cfg.localSessionsEnabled,
    localSessionsUpgradingEnabled: cfg.localSessionsUpgradingEnabled,
    trustEmptySnapshot: read.flag("zookeeper.snapshot.trust.empty"),
  };
}

interface PropertyReader {
  text(name: string): string | undefined;
  /** `Boolean.getBoolean`. */
  flag(name: string): boolean;
  /** `Integer.getInteger` and `Long.getLong`: decimal, 0x, # or a leading 0 for octal; anything else is the default. */
  int(name: string, byDefault: number): number;
}

function reader(properties: Readonly<Record<string, string>>): PropertyReader {
  const text = (name: string): string | undefined =>
    Object.hasOwn(properties, name) ? properties[name] : undefined;
  return {
    text,
    flag: (name) => text(name)?.toLowerCase() === "true",
    int: (name, byDefault) => decode(text(name)) ?? byDefault,
  };
}

/** `Integer.decode`. */
function decode(text: string | undefined): number | undefined {
  const match = /^([+-]?)(0[xX]|#|0(?=[0-9]))?([0-9a-fA-F]+)$/.exec(text ?? "");
  if (match === null) return undefined;
  const [, sign, prefix, digits = ""] = match;
  const radix = prefix === undefined ? 10 : prefix === "0" ? 8 : 16;
  const legal = radix === 16 ? /^[0-9a-fA-F]+$/ : radix === 8 ? /^[0-7]+$/ : /^[0-9]+$/;
  if (!legal.test(digits)) return undefined;
  const n = Number.parseInt(digits, radix);
  return sign === "-" ? -n : n;
}
