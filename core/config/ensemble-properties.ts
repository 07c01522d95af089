/**
 * Reads `server.N`, `group.G`, `weight.N` and `version` as `QuorumMaj`, `QuorumHierarchical` and
 * `QuorumOracleMaj` do. Keys and values come here untrimmed, so a blank behind a port is an error.
 */
import type { ServerId } from "../ids.ts";
import { longMapOrder, propertiesOrder } from "./java-hash-order.ts";
import { numberFormatMessage, parseInt64 } from "./java-numbers.ts";
import type { Properties } from "./java-properties.ts";
import { split, trim } from "./java-strings.ts";
import { throwConfigException, throwJava } from "./java-throwable.ts";
import { type LongLedger, toNumber, toServerId } from "./longs.ts";
import type { Place } from "./problem.ts";
import { parseServerLine, type ServerLine } from "./server-line.ts";
import type { EnsembleCfg, QuorumVerifierCfg, ServerCfg } from "./zoo-cfg-types.ts";
import type { SocketAddress } from "./socket-address.ts";

/** A quorum verifier while the configuration is being read: exact ids, and the maps of the Java classes. */
export interface Ensemble {
  readonly kind: QuorumVerifierCfg["kind"];
  readonly oraclePath: string | undefined;
  /** `getAllMembers`. */
  readonly members: Map<bigint, Member>;
  /**
   * `getVotingMembers` and `getObservingMembers`. A server that is named twice (`server.1`, `server.01`) as both
   * types stays in both, though `members` has the line that was read last.
   */
  readonly voters: Set<bigint>;
  readonly observers: Set<bigint>;
  readonly groups: Map<bigint, bigint>;
  readonly weights: Map<bigint, bigint>;
  groupCount: number;
  version: bigint;
}

export interface Member extends ServerLine {
  readonly place: Place;
}

export interface EnsembleOptions {
  readonly file: string;
  readonly oraclePath: string | undefined;
  readonly isMultiAddress: boolean;
}

/** `createQuorumVerifier`: an oracle path wins over groups and weights, which win over a plain majority. */
export function readEnsemble(properties: Properties, options: EnsembleOptions): Ensemble {
  const keys = propertiesOrder(properties.keys());
  const isHierarchical = keys.some((key) => isGroupKey(trim(key)));
  const ensemble: Ensemble = {
    kind:
      options.oraclePath === undefined ? (isHierarchical ? "hierarchical" : "majority") : "oracle",
    oraclePath: options.oraclePath,
    members: new Map(),
    voters: new Set(),
    observers: new Set(),
    groups: new Map(),
    weights: new Map(),
    groupCount: 0,
    version: 0n,
  };
  for (const key of keys) {
    const property = properties.get(key);
    if (property === undefined) continue;
    const place: Place = { file: options.file, key, line: property.line };
    readEntry(ensemble, key, property.value, place, options);
  }
  if (ensemble.kind === "hierarchical") finishHierarchy(ensemble, options.file);
  return ensemble;
}

/** The keys that make an ensemble hierarchical, and that a file beside a dynamic one may not have. */
export function isGroupKey(key: string): boolean {
  return key.startsWith("group") || key.startsWith("weight");
}

/** As plain data; `own` overrides the client address of one server (`setupClientPort`). */
export function toEnsembleCfg(
  ensemble: Ensemble,
  prefix: string,
  ledger: LongLedger,
  own?: { readonly sid: bigint; readonly clientAddress: SocketAddress | null },
): EnsembleCfg {
  const sids = sorted(ensemble.members.keys());
  const servers = sids.map((sid, index): ServerCfg => {
    const path = `${prefix}servers/${index}`;
    const member = ensemble.members.get(sid);
    const isFromStatic = own?.sid === sid && member?.clientAddress === null;
    const weight = ensemble.kind === "hierarchical" ? ensemble.weights.get(sid) : 1n;
    const group = ensemble.kind === "hierarchical" ? ensemble.groups.get(sid) : undefined;
    return {
      id: toServerId(sid, `${path}/id`, ledger),
      type: member?.type ?? "PARTICIPANT",
      addresses: member?.addresses ?? [],
      clientAddress: (isFromStatic ? own.clientAddress : member?.clientAddress) ?? null,
      isClientAddressFromStatic: isFromStatic,
      weight: weight === undefined ? null : toNumber(weight, `${path}/weight`, ledger),
      ...(group === undefined ? {} : { group: toNumber(group, `${path}/group`, ledger) }),
    };
  });
  return {
    servers,
    quorumVerifier: toVerifierCfg(ensemble, `${prefix}quorumVerifier`, ledger),
    quorumVersion: toNumber(ensemble.version, `${prefix}quorumVersion`, ledger),
  };
}

function readEntry(
  ensemble: Ensemble,
  key: string,
  value: string,
  place: Place,
  options: EnsembleOptions,
): void {
  const { isMultiAddress } = options;
  const isHierarchical = ensemble.kind === "hierarchical";
  if (key.startsWith("server.")) {
    const sid = longOf(afterDot(key), place);
    const line = parseServerLine(value, { place, sid, isMultiAddress });
    ensemble.members.set(sid, { ...line, place });
    (line.type === "PARTICIPANT" ? ensemble.voters : ensemble.observers).add(sid);
  } else if (isHierarchical && key.startsWith("group")) {
    readGroup(ensemble, key, value, place);
  } else if (isHierarchical && key.startsWith("weight")) {
    const sid = longOf(afterDot(key), place);
    ensemble.weights.set(sid, longOf(value, place));
  } else if (key === "version") {
    ensemble.version = longOf(value, place, 16);
  }
}

function readGroup(ensemble: Ensemble, key: string, value: string, place: Place): void {
  const gid = longOf(afterDot(key), place);
  ensemble.groupCount++;
  for (const part of split(value, ":")) {
    const sid = longOf(part, place);
    if (ensemble.groups.has(sid)) {
      throwConfigException(`Server ${sid}is in multiple groups`, {
        kind: "several-groups",
        server: sid.toString(),
        ...place,
      });
    }
    ensemble.groups.set(sid, gid);
  }
}

/** The checks at the end of `QuorumHierarchical.parse`, and `computeGroupWeight`. */
function finishHierarchy(ensemble: Ensemble, file: string): void {
  const { members, groups, weights } = ensemble;
  for (const sid of longMapOrder(Array.from(members.keys()))) {
    const member = members.get(sid);
    if (member?.type !== "PARTICIPANT") continue;
    if (!groups.has(sid)) {
      throwConfigException(`Server ${sid}is not in a group`, {
        kind: "no-group",
        server: sid.toString(),
        ...member.place,
      });
    }
    if (!weights.has(sid)) weights.set(sid, 1n);
  }
  const byGroup = groupMembers(groups);
  const weightless = Array.from(groups.keys()).filter((sid) => !weights.has(sid));
  if (weightless.length > 0) throwWeightless(weightless, byGroup, groups, file);
  for (const sids of byGroup.values()) {
    const sum = sids.reduce((total, sid) => total + (weights.get(sid) ?? 0n), 0n);
    if (BigInt.asIntN(64, sum) === 0n) ensemble.groupCount--;
  }
}

/** A group may name a server that has no participant's line and no weight: then Java unboxes a null. */
function throwWeightless(
  weightless: readonly bigint[],
  byGroup: ReadonlyMap<bigint, readonly bigint[]>,
  groups: ReadonlyMap<bigint, bigint>,
  file: string,
): never {
  const isSummed = weightless.some((sid) => (byGroup.get(groups.get(sid) ?? 0n)?.length ?? 0) > 1);
  const source = isSummed ? "java.util.HashMap.get(Object)" : "java.util.Iterator.next()";
  throwJava(
    "NullPointerException",
    `Cannot invoke "java.lang.Long.longValue()" because the return value of "${source}" is null`,
    { kind: "group-without-weight", servers: sorted(weightless).map(String), file },
  );
}

function toVerifierCfg(ensemble: Ensemble, path: string, ledger: LongLedger): QuorumVerifierCfg {
  const ids = (sids: Iterable<bigint>, within: string): readonly ServerId[] =>
    sorted(sids).map((sid, index) => toServerId(sid, `${path}/${within}/${index}`, ledger));
  const voters = ids(ensemble.voters, "voters");
  if (ensemble.oraclePath !== undefined) {
    return { kind: "oracle", voters, oraclePath: ensemble.oraclePath };
  }
  if (ensemble.kind !== "hierarchical") return { kind: "majority", voters };
  const byGroup = groupMembers(ensemble.groups);
  const weighted = sorted(ensemble.weights.keys());
  return {
    kind: "hierarchical",
    voters,
    groups: sorted(byGroup.keys()).map((gid, g) => ({
      id: toNumber(gid, `${path}/groups/${g}/id`, ledger),
      members: ids(byGroup.get(gid) ?? [], `groups/${g}/members`),
    })),
    weights: weighted.map((sid, w): readonly [ServerId, number] => [
      toServerId(sid, `${path}/weights/${w}/0`, ledger),
      toNumber(ensemble.weights.get(sid) ?? 1n, `${path}/weights/${w}/1`, ledger),
    ]),
    groupCount: ensemble.groupCount,
  };
}

function groupMembers(groups: ReadonlyMap<bigint, bigint>): Map<bigint, bigint[]> {
  const byGroup = new Map<bigint, bigint[]>();
  for (const [sid, gid] of groups) {
    const sids = byGroup.get(gid);
    if (sids === undefined) byGroup.set(gid, [sid]);
    else sids.push(sid);
  }
  return byGroup;
}

/** Behind the first dot; without a dot the whole key, as `substring(indexOf('.') + 1)` has it. */
function afterDot(key: string): string {
  return key.slice(key.indexOf(".") + 1);
}

function longOf(text: string, place: Place, radix: 10 | 16 = 10): bigint {
  const value = parseInt64(text, radix);
  if (value === undefined) {
    throwJava("NumberFormatException", numberFormatMessage(text, radix), {
      kind: "not-a-number",
      text,
      expected: radix === 16 ? "hex-long" : "long",
      ...place,
    });
  }
  return value;
}

function sorted(sids: Iterable<bigint>): bigint[] {
  return Array.from(sids).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
