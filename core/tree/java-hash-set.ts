import { hashCode } from "../config/java-strings.ts";

/**
 * A `java.util.HashSet<String>` as plain data: what it holds, and the size of its table, which decides its order.
 * ZooKeeper keeps a session's ephemerals in one, and so closes a session and answers getEphemerals in an order that
 * nobody promises and everybody can observe. That a bucket of nine becomes a tree, or doubles a table below 64, is
 * left out: paths spread better than that.
 */
export interface JavaHashSet {
  /** In the order in which they were added. */
  readonly members: Set<string>;
  /** Buckets: a power of two that grows and never shrinks. */
  capacity: number;
}

const INITIAL_CAPACITY = 16;

export function newHashSet(): JavaHashSet {
  return { members: new Set(), capacity: INITIAL_CAPACITY };
}

export function addToHashSet(set: JavaHashSet, member: string): void {
  set.members.add(member);
  if (set.members.size > set.capacity * 0.75) set.capacity *= 2;
}

export function deleteFromHashSet(set: JavaHashSet, member: string): void {
  set.members.delete(member);
}

/** `HashSet.clone`: a table as large as so many members need, filled in the order in which the original iterates. */
export function cloneHashSet(set: JavaHashSet): JavaHashSet {
  const { size } = set.members;
  if (size === 0) return newHashSet();
  return {
    members: new Set(hashSetOrder(set)),
    capacity: tableSizeFor(Math.floor(size / 0.75 + 1)),
  };
}

/** The members in the order in which Java iterates over them: by bucket, within one as they were added. */
export function hashSetOrder(set: JavaHashSet): readonly string[] {
  const mask = set.capacity - 1;
  return [...set.members]
    .map((member, index) => ({ member, index, bucket: spread(hashCode(member)) & mask }))
    .sort((a, b) => a.bucket - b.bucket || a.index - b.index)
    .map(({ member }) => member);
}

/** `HashMap.hash`. */
function spread(hash: number): number {
  return hash ^ (hash >>> 16);
}

/** `HashMap.tableSizeFor`: the smallest power of two that is not below `n`. */
function tableSizeFor(n: number): number {
  let size = 1;
  while (size < n) size *= 2;
  return size;
}
