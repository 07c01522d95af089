/**
 * The loop of `QuorumPeerConfig.parseProperties` over the static file: which keys there are, of which type, and
 * what becomes of the others. No rule between two keys is checked here.
 */
import { isGroupKey } from "./ensemble-properties.ts";
import { fileName, isRelativeWithoutDot } from "./java-file.ts";
import { propertiesOrder } from "./java-hash-order.ts";
import { numberFormatMessage, parseInt32, parseInt64 } from "./java-numbers.ts";
import type { Properties } from "./java-properties.ts";
import { equalsIgnoreCase, trim } from "./java-strings.ts";
import { throwConfigException, throwJava } from "./java-throwable.ts";
import type { Place } from "./problem.ts";
import { parseLearnerType } from "./server-line.ts";
import type { LearnerType } from "./zoo-cfg-types.ts";

export type IntKey = (typeof INT_KEYS)[number];
export type LongKey = (typeof LONG_KEYS)[number];
export type BooleanKey = (typeof BOOLEAN_KEYS)[number];
export type TextKey = (typeof TEXT_KEYS)[number];
export type PathKey = (typeof PATH_KEYS)[number];

/** What the file said, key by key; a key that it does not have is not in its map. */
export interface StaticSettings {
  readonly ints: Map<IntKey, number>;
  readonly longs: Map<LongKey, bigint>;
  readonly booleans: Map<BooleanKey, boolean>;
  readonly texts: Map<TextKey, string>;
  readonly paths: Map<PathKey, string>;
  peerType: LearnerType;
  /** `metricsProvider.*` without the prefix. */
  readonly metricsProvider: Map<string, string>;
  /** Every other key with `zookeeper.` in front. */
  readonly systemProperties: Map<string, string>;
  readonly warnings: string[];
  /** Where each trimmed key was read last. */
  readonly places: Map<string, Place>;
}

export function readStaticSettings(properties: Properties, file: string): StaticSettings {
  const settings: StaticSettings = {
    ints: new Map(),
    longs: new Map(),
    booleans: new Map(),
    texts: new Map(),
    paths: new Map(),
    peerType: "PARTICIPANT",
    metricsProvider: new Map(),
    systemProperties: new Map(),
    warnings: [],
    places: new Map(),
  };
  // Asked of the key as it stands in the file, unlike all others.
  const dynamicFile = properties.get("dynamicConfigFile")?.value;
  for (const rawKey of propertiesOrder(properties.keys())) {
    const property = properties.get(rawKey);
    if (property === undefined) continue;
    const key = trim(rawKey);
    const value = trim(property.value);
    const place: Place = { file, key, line: property.line };
    settings.places.set(key, place);
    const isEnsembleKey = key.startsWith("server.") || isGroupKey(key);
    if (isEnsembleKey && dynamicFile !== undefined) {
      throwConfigException(`parameter: ${key} must be in a separate dynamic config file`, {
        kind: "belongs-in-dynamic-file",
        dynamicFile: trim(dynamicFile),
        ...place,
      });
    }
    readSetting(settings, key, value, place);
  }
  return settings;
}

/** The place of a key, or only the file if the key is not in it. */
export function placeOf(settings: StaticSettings, file: string, key: string): Place {
  return settings.places.get(key) ?? { file, key };
}

/** `VerifyingFileFactory.create` with `warnForRelativePath`: a path of less than two chars breaks its check. */
export function checkedPath(path: string, place: Place, warnings: string[]): string {
  const name = fileName(path);
  if (!name.startsWith("/") && name.length < 2) {
    throwJava("StringIndexOutOfBoundsException", `begin 0, end 2, length ${name.length}`, {
      kind: "path-too-short",
      text: path,
      ...place,
    });
  }
  if (isRelativeWithoutDot(name)) {
    warnings.push(`${name} is relative. Prepend ./ to indicate that you're sure!`);
  }
  return name;
}

const INT_KEYS = [
  "clientPort",
  "secureClientPort",
  "observerMasterPort",
  "clientPortListenBacklog",
  "tickTime",
  "maxClientCnxns",
  "minSessionTimeout",
  "maxSessionTimeout",
  "initLimit",
  "syncLimit",
  "connectToLearnerMasterLimit",
  "electionAlg",
  "autopurge.snapRetainCount",
  "autopurge.purgeInterval",
  "quorum.cnxn.threads.size",
  "multiAddress.reachabilityCheckTimeoutMs",
] as const;

const LONG_KEYS = [
  "jvm.pause.info-threshold.ms",
  "jvm.pause.warn-threshold.ms",
  "jvm.pause.sleep.time.ms",
] as const;

const BOOLEAN_KEYS = [
  "localSessionsEnabled",
  "localSessionsUpgradingEnabled",
  "quorumListenOnAllIPs",
  "syncEnabled",
  "standaloneEnabled",
  "reconfigEnabled",
  "sslQuorum",
  "portUnification",
  "sslQuorumReloadCertFiles",
  "quorum.auth.enableSasl",
  "quorum.auth.serverRequireSasl",
  "quorum.auth.learnerRequireSasl",
  "jvm.pause.monitor",
  "multiAddress.enabled",
  "multiAddress.reachabilityCheckEnabled",
] as const;

const TEXT_KEYS = [
  "clientPortAddress",
  "secureClientPortAddress",
  "dynamicConfigFile",
  "quorum.auth.learner.saslLoginContext",
  "quorum.auth.server.saslLoginContext",
  "quorum.auth.kerberos.servicePrincipal",
  "metricsProvider.className",
  "oraclePath",
] as const;

const PATH_KEYS = ["dataDir", "dataLogDir"] as const;

const METRICS_PREFIX = "metricsProvider.";

function readSetting(settings: StaticSettings, key: string, value: string, place: Place): void {
  if (isOneOf(INT_KEYS, key)) settings.ints.set(key, readInt(key, value, place));
  else if (isOneOf(LONG_KEYS, key)) settings.longs.set(key, readLong(value, place));
  else if (isOneOf(BOOLEAN_KEYS, key)) settings.booleans.set(key, readBoolean(key, value, place));
  else if (isOneOf(TEXT_KEYS, key)) settings.texts.set(key, value);
  else if (isOneOf(PATH_KEYS, key)) {
    settings.paths.set(key, checkedPath(value, place, settings.warnings));
  } else if (key === "peerType") settings.peerType = readPeerType(value, place);
  else if (key.startsWith(METRICS_PREFIX)) {
    settings.metricsProvider.set(key.slice(METRICS_PREFIX.length), value);
  } else settings.systemProperties.set(`zookeeper.${key}`, value);
}

function isOneOf<T extends string>(keys: readonly T[], key: string): key is T {
  return keys.some((known) => known === key);
}

function readInt(key: IntKey, text: string, place: Place): number {
  const value = parseInt32(text);
  if (value === undefined) {
    throwJava("NumberFormatException", numberFormatMessage(text), {
      kind: "not-a-number",
      text,
      expected: "int",
      ...place,
    });
  }
  if (key === "electionAlg" && value !== 3) {
    throwConfigException("Invalid electionAlg value. Only 3 is supported.", {
      kind: "election-algorithm",
      text,
      ...place,
    });
  }
  return value;
}

function readLong(text: string, place: Place): bigint {
  const value = parseInt64(text);
  if (value === undefined) {
    throwJava("NumberFormatException", numberFormatMessage(text), {
      kind: "not-a-number",
      text,
      expected: "long",
      ...place,
    });
  }
  return value;
}

function readBoolean(key: BooleanKey, text: string, place: Place): boolean {
  if (equalsIgnoreCase(text, "true")) return true;
  if (equalsIgnoreCase(text, "false")) return false;
  throwConfigException(`Invalid option ${text} for ${key}. Choose 'true' or 'false.'`, {
    kind: "not-a-boolean",
    text,
    ...place,
  });
}

function readPeerType(text: string, place: Place): LearnerType {
  const type = parseLearnerType(text);
  if (type === undefined) {
    throwConfigException(`Unrecognised peertype: ${text}`, { kind: "peer-type", text, ...place });
  }
  return type;
}
