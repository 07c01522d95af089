/**
 * The order in which Java's hash tables hand out their keys. ZooKeeper walks a `Properties` (a
 * ConcurrentHashMap inside, Java 9 and later) key by key and stops at the first bad one, so this order decides
 * which of several mistakes is reported; and it walks `HashMap<Long, …>`s of servers.
 */
import { hashCode } from "./java-strings.ts";

/**
 * The keys of a `java.util.Properties` in the order of its `entrySet`, given distinct keys in the order of
 * insertion: by bucket of the table that so many keys lead to, and within a bucket as insertion, table
 * doubling and treeification (`ConcurrentHashMap.putVal`, `transfer`, `treeifyBin`) leave them.
 */
export function propertiesOrder(keys: Iterable<string>): readonly string[] {
  let table = newTable(INITIAL_CAPACITY);
  let count = 0;
  for (const key of keys) {
    table = insert(table, { key, hash: spread(hashCode(key)) });
    count++;
    // addCount: doubles while the count has reached three quarters of the table.
    while (count >= threshold(table)) table = doubled(table);
  }
  return table.flatMap((bin) => bin.entries.map((entry) => entry.key));
}

/**
 * The keys of a `HashMap<Long, V>` in the order of its entries, given distinct keys in the order of insertion: by
 * bucket, and in the order of insertion within one. What a bucket of a table of 64 becomes when nine ids collide
 * in it, a tree, is left out: no ensemble gets there.
 */
export function longMapOrder(keys: readonly bigint[]): readonly bigint[] {
  const hashes = keys.map(longHash);
  let capacity = INITIAL_CAPACITY;
  for (const [index, hash] of hashes.entries()) {
    const isSmall = capacity < MIN_TREEIFY_CAPACITY;
    const bucket = hash & (capacity - 1);
    const inBucket = (other: number): boolean => (other & (capacity - 1)) === bucket;
    const isLong = isSmall && hashes.slice(0, index).filter(inBucket).length >= TREEIFY_THRESHOLD;
    // treeifyBin prefers a larger table; then the usual growth beyond three quarters.
    if (isLong) capacity *= 2;
    if (index + 1 > capacity - capacity / 4) capacity *= 2;
  }
  return keys
    .map((key, index) => ({ key, index, bucket: longHash(key) & (capacity - 1) }))
    .sort((a, b) => a.bucket - b.bucket || a.index - b.index)
    .map(({ key }) => key);
}

interface Entry {
  readonly key: string;
  readonly hash: number;
}

interface Bin {
  readonly entries: Entry[];
  readonly isTree: boolean;
}

/** `Properties()` asks for 8, which ConcurrentHashMap turns into 16. */
const INITIAL_CAPACITY = 16;
const TREEIFY_THRESHOLD = 8;
const UNTREEIFY_THRESHOLD = 6;
const MIN_TREEIFY_CAPACITY = 64;

function newTable(capacity: number): Bin[] {
  return Array.from({ length: capacity }, () => ({ entries: [], isTree: false }));
}

function threshold(table: readonly Bin[]): number {
  return table.length - table.length / 4;
}

function spread(hash: number): number {
  return (hash ^ (hash >>> 16)) & 0x7fffffff;
}

function longHash(key: bigint): number {
  const bits = BigInt.asUintN(64, key);
  const hash = Number(BigInt.asIntN(32, bits ^ (bits >> 32n)));
  return hash ^ (hash >>> 16);
}

/** `putVal`: at the end of a list, at the head of a tree bin; a long list becomes a tree or doubles the table. */
function insert(table: Bin[], entry: Entry): Bin[] {
  const index = entry.hash & (table.length - 1);
  const bin = binAt(table, index);
  if (bin.isTree) {
    bin.entries.unshift(entry);
    return table;
  }
  const lengthBefore = bin.entries.push(entry) - 1;
  if (lengthBefore < TREEIFY_THRESHOLD) return table;
  if (table.length >= MIN_TREEIFY_CAPACITY) {
    table[index] = { entries: bin.entries, isTree: true };
    return table;
  }
  return presized(table);
}

/** `tryPresize(2n)` from `treeifyBin`: doubles until the threshold reaches the power of two above 3n. */
function presized(table: Bin[]): Bin[] {
  const wanted = table.length * 4;
  let larger = table;
  while (threshold(larger) < wanted) larger = doubled(larger);
  return larger;
}

/** `transfer`. */
function doubled(table: readonly Bin[]): Bin[] {
  const larger = newTable(table.length * 2);
  for (const [index, bin] of table.entries()) {
    if (bin.entries.length === 0) continue;
    const [low, high] = bin.isTree
      ? splitTree(bin.entries, table.length)
      : splitList(bin.entries, table.length);
    larger[index] = low;
    larger[index + table.length] = high;
  }
  return larger;
}

/** The last run of entries with one destination keeps its order; the entries before it are put in front, one by one. */
function splitList(entries: readonly Entry[], bit: number): readonly [Bin, Bin] {
  let runStart = 0;
  for (let i = 1; i < entries.length; i++) {
    if ((entryAt(entries, i).hash & bit) !== (entryAt(entries, i - 1).hash & bit)) runStart = i;
  }
  const run = entries.slice(runStart);
  const runIsHigh = (entryAt(run, 0).hash & bit) !== 0;
  const low: Entry[] = runIsHigh ? [] : run;
  const high: Entry[] = runIsHigh ? run : [];
  for (const entry of entries.slice(0, runStart)) {
    if ((entry.hash & bit) === 0) low.unshift(entry);
    else high.unshift(entry);
  }
  return [
    { entries: low, isTree: false },
    { entries: high, isTree: false },
  ];
}

/** A tree bin splits in order and falls back to a list when little of it is left. */
function splitTree(entries: readonly Entry[], bit: number): readonly [Bin, Bin] {
  const low = entries.filter((entry) => (entry.hash & bit) === 0);
  const high = entries.filter((entry) => (entry.hash & bit) !== 0);
  return [
    { entries: low, isTree: low.length > UNTREEIFY_THRESHOLD },
    { entries: high, isTree: high.length > UNTREEIFY_THRESHOLD },
  ];
}

function binAt(table: readonly Bin[], index: number): Bin {
  const bin = table[index];
  if (bin === undefined) throw new RangeError(`no bin ${index} in a table of ${table.length}`);
  return bin;
}

function entryAt(entries: readonly Entry[], index: number): Entry {
  const entry = entries[index];
  if (entry === undefined) throw new RangeError(`no entry ${index} among ${entries.length}`);
  return entry;
}
