import { expectOneOf, expectWhole, MAX_INT } from "./door.ts";

/** A whole number from `from` on, one of these words, or any text. */
type Values = { readonly from: number } | readonly string[] | "text";

const FLAG = ["true", "false"] as const;
const COUNT = { from: 0 } as const;
const MS = { from: 1 } as const;

/** The Java system properties that servers here read, as the command line of a real one has them behind its -D. */
export const PROPERTIES = {
  "jute.maxbuffer": MS,
  "readonlymode.enabled": FLAG,
  "znode.container.checkIntervalMs": MS,
  "znode.container.maxNeverUsedIntervalMs": COUNT,
  "znode.container.maxPerMinute": MS,
  "zookeeper.DigestAuthenticationProvider.superDigest": "text",
  "zookeeper.cnxTimeout": MS,
  "zookeeper.commitLogCount": COUNT,
  "zookeeper.enforceQuota": FLAG,
  "zookeeper.extendedTypesEnabled": FLAG,
  "zookeeper.fastleader.maxNotificationInterval": MS,
  "zookeeper.fastleader.minNotificationInterval": MS,
  "zookeeper.globalOutstandingLimit": COUNT,
  "zookeeper.leader.maxConcurrentDiffSyncs": MS,
  "zookeeper.leader.maxConcurrentSnapSyncs": MS,
  "zookeeper.leader.maxTimeToWaitForEpoch": { from: -1 },
  "zookeeper.leaderConnectDelayDuringRetryMs": COUNT,
  "zookeeper.leaderServes": ["yes", "no"],
  "zookeeper.nio.sessionlessCnxnTimeout": MS,
  "zookeeper.observer.election.DelayMs": COUNT,
  "zookeeper.preAllocSize": COUNT,
  "zookeeper.sessionRequireClientSASLAuth": FLAG,
  "zookeeper.skipACL": ["yes", "no"],
  "zookeeper.snapCount": { from: 2 },
  "zookeeper.snapshot.trust.empty": FLAG,
  "zookeeper.snapshotSizeFactor": "text",
  "zookeeper.testingonly.initialZxid": COUNT,
} as const satisfies Readonly<Record<string, Values>>;

export type Properties = {
  readonly [name in keyof typeof PROPERTIES]?: string | number | boolean;
};

export const PROPERTY_NAMES = Object.keys(PROPERTIES) as (keyof typeof PROPERTIES)[];

/** The properties as Java has them, all of them texts. Their names are known to be right. */
export function propertyTexts(properties: Properties): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const name of PROPERTY_NAMES) {
    const given = properties[name];
    if (given === undefined) continue;
    expectValue(`simulate.properties["${name}"]`, given, PROPERTIES[name]);
    texts[name] = String(given);
  }
  return texts;
}

function expectValue(field: string, given: string | number | boolean, values: Values): void {
  if (values === "text") return;
  if ("from" in values) {
    expectWhole(field, typeof given === "string" ? Number(given) : given, values.from, MAX_INT);
  } else {
    expectOneOf(field, String(given), values);
  }
}
