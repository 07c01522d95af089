import type { Buffer } from "../wire/records.ts";
import { QUOTA } from "./path.ts";
import {
  addToStats,
  parseStatsTrack,
  type StatsTrack,
  statsBytes,
  statsValue,
} from "./stats-track.ts";
import type { DataTree } from "./tree-state.ts";

/**
 * Quotas (Quotas, and the quota parts of DataTree and ZooKeeperServer). The quota of `/a` is the pair of nodes
 * `zookeeper_limits` and `zookeeper_stats` under `/zookeeper/quota/a`; the stats follow every change at or under
 * `/a` without a transaction, a version or a watch.
 */

export const LIMITS = "zookeeper_limits";
export const STATS = "zookeeper_stats";

/** What a quota is asked about: a new node's data, or old data and new. */
export type QuotaChange =
  | { readonly kind: "create"; readonly data: Buffer | null }
  | { readonly kind: "setData"; readonly data: Buffer | null; readonly lastData: Buffer | null };

/**
 * Whether a hard limit forbids a change, for a server with `enforceQuota` (`ZooKeeperServer.checkQuota`): 0,
 * MarshallingError for limits or stats that cannot be read, or QuotaExceeded. The stats are those of the committed
 * tree, so changes that are under way together can overshoot.
 */
export function checkQuota(tree: DataTree, path: string, change: QuotaChange): 0 | -5 | -125 {
  const prefix = closestQuota(tree, path);
  if (prefix === undefined) return 0;
  const limitsNode = tree.nodes.get(limitsPath(prefix));
  if (limitsNode === undefined) return 0;
  const limits = parseStatsTrack(limitsNode.data);
  if (limits === undefined) return -5;
  const isCounted = change.kind === "create" && isLimited(limits, "count", "countHardLimit");
  const lastBytes = change.kind === "setData" ? sizeOf(change.lastData) : 0;
  const bytes = sizeOf(change.data) - lastBytes;
  const isWeighed = bytes !== 0 && isLimited(limits, "bytes", "byteHardLimit");
  if (!isCounted && !isWeighed) return 0;
  const statsNode = tree.nodes.get(statsPath(prefix));
  if (statsNode === undefined) return 0;
  const stats = parseStatsTrack(statsNode.data);
  if (stats === undefined) return -5;
  if (isCounted && exceeds(statsValue(stats, "count"), 1, statsValue(limits, "countHardLimit"))) {
    return -125;
  }
  const byteLimit = statsValue(limits, "byteHardLimit");
  return isWeighed && exceeds(statsValue(stats, "bytes"), bytes, byteLimit) ? -125 : 0;
}

/** `DataTree.getMaxPrefixWithQuota`: the longest prefix of the path, itself included, that has limits. */
export function closestQuota(tree: DataTree, path: string): string | undefined {
  const prefixes = tree.quotaPrefixes;
  if (prefixes.size === 0) return undefined;
  let prefix = path.includes("/ ") ? prefixKey(path) : path;
  while (prefix.length > 1) {
    if (prefixes.has(prefix)) return prefix;
    prefix = prefix.slice(0, Math.max(prefix.lastIndexOf("/"), 0));
  }
  return undefined;
}

/** Keeps up the stats of the closest quota (`DataTree.updateQuotaStat`). */
export function countChange(tree: DataTree, path: string, bytes: number, count: number): void {
  const prefix = closestQuota(tree, path);
  const node = prefix === undefined ? undefined : tree.nodes.get(statsPath(prefix));
  if (node === undefined) return;
  const stats = parseStatsTrack(node.data);
  // Where somebody wrote nonsense over the stats ZooKeeper dies of the exception, and again whenever it replays the
  // transaction. Here the nonsense stays.
  if (stats === undefined) return;
  addToStats(stats, "count", count);
  addToStats(stats, "bytes", bytes);
  node.data = statsBytes(stats);
}

/** What the creation of a node means for quotas: new limits make a prefix, new stats are counted at once. */
export function quotaNodeCreated(tree: DataTree, parentPath: string, name: string): void {
  if (!parentPath.startsWith(QUOTA)) return;
  if (name === LIMITS) addPrefix(tree, trimQuotaPath(parentPath));
  if (name === STATS) recount(tree, trimQuotaPath(parentPath));
}

export function quotaNodeDeleted(tree: DataTree, parentPath: string, name: string): void {
  if (name !== LIMITS || !parentPath.startsWith("/zookeeper")) return;
  tree.quotaPrefixes.delete(prefixKey(trimQuotaPath(parentPath)));
}

/** Finds the quotas of a tree that was loaded and counts them anew (`DataTree.setupQuota`). */
export function setupQuota(tree: DataTree): void {
  const end = `/${LIMITS}`;
  for (const [path, node] of tree.nodes) {
    if (!path.startsWith(`${QUOTA}/`) || !path.endsWith(end) || hasChildren(node.children))
      continue;
    const real = path.slice(QUOTA.length, path.indexOf(end));
    recount(tree, real);
    addPrefix(tree, real);
  }
}

export function limitsPath(prefix: string): string {
  return `${QUOTA}${prefix}/${LIMITS}`;
}

export function statsPath(prefix: string): string {
  return `${QUOTA}${prefix}/${STATS}`;
}

/** `Quotas.trimQuotaPath`, which takes any 16 characters for `/zookeeper/quota`. */
function trimQuotaPath(path: string): string {
  return path.slice(QUOTA.length);
}

function addPrefix(tree: DataTree, prefix: string): void {
  const key = prefixKey(prefix);
  if (key !== "") tree.quotaPrefixes.add(key);
}

/** As the PathTrie knows a path: blank parts are left out, and there is a slash in front. */
function prefixKey(path: string): string {
  return path
    .split("/")
    .filter((part) => part.trim() !== "")
    .map((part) => `/${part}`)
    .join("");
}

/** Writes the true totals of a subtree into its stats, if they are there (`updateQuotaForPath`). */
function recount(tree: DataTree, path: string): void {
  const node = tree.nodes.get(statsPath(path));
  if (node === undefined) return;
  let count = 0;
  let bytes = 0;
  const pending = [path];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const counted = tree.nodes.get(at);
    if (counted === undefined) continue;
    count++;
    bytes += sizeOf(counted.data);
    for (const child of counted.children ?? []) pending.push(`${at}/${child}`);
  }
  node.data = statsBytes(
    new Map([
      ["count", BigInt(count)],
      ["bytes", BigInt(bytes)],
    ]),
  );
}

function isLimited(
  limits: StatsTrack,
  soft: "count" | "bytes",
  hard: "countHardLimit" | "byteHardLimit",
): boolean {
  return statsValue(limits, soft) > -1n || statsValue(limits, hard) > -1n;
}

/** Only a hard limit counts; a soft one that is exceeded ends in a log. */
function exceeds(current: bigint, difference: number, hardLimit: bigint): boolean {
  if (hardLimit <= -1n) return false;
  return BigInt.asIntN(64, current + BigInt(difference)) > hardLimit;
}

function sizeOf(data: Buffer | null): number {
  return data === null ? 0 : data.length;
}

function hasChildren(children: ReadonlySet<string> | null): boolean {
  return children !== null && children.size > 0;
}
