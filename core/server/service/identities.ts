import { hashCode } from "../../config/java-strings.ts";
import type { ClientInfo, Id } from "../../wire/records.ts";

/**
 * Who a connection is: a set of ids that only grows, in the order of a Java hash set of them (ServerCnxn.authInfo).
 * The order is seen in whoAmI and in the ACL that `auth` stands for.
 */

/** Every connection is its address, whatever else it becomes. */
export function initialIdentities(address: string): readonly Id[] {
  return [{ scheme: "ip", id: address }];
}

/** The set with one more; the same set if it is in there. */
export function withIdentity(identities: readonly Id[], added: Id): readonly Id[] {
  if (identities.some(({ scheme, id }) => scheme === added.scheme && id === added.id)) {
    return identities;
  }
  // Among equals of one bucket the order is that of insertion, which the old order keeps.
  const all = [...identities, added];
  const buckets = bucketCount(all.length);
  return all
    .map((id, index) => ({ id, index, bucket: spread(hashOf(id)) & (buckets - 1) }))
    .sort((a, b) => a.bucket - b.bucket || a.index - b.index)
    .map(({ id }) => id);
}

export function hasScheme(identities: readonly Id[], scheme: string): boolean {
  return identities.some((id) => id.scheme === scheme);
}

/** AuthUtil.getClientInfos: of a digest only the user is shown. */
export function clientInfos(identities: readonly Id[]): readonly ClientInfo[] {
  return identities.map(({ scheme, id }) => ({
    authScheme: scheme ?? "",
    user: scheme === "digest" ? ((id ?? "").split(":")[0] ?? "") : (id ?? ""),
  }));
}

/** The hash of an Id, which is generated from its record. */
function hashOf({ scheme, id }: Id): number {
  const afterScheme = (Math.imul(37, 17) + hashCode(scheme ?? "")) | 0;
  return (Math.imul(37, afterScheme) + hashCode(id ?? "")) | 0;
}

function spread(hash: number): number {
  return hash ^ (hash >>> 16);
}

/** A table of 16 that doubles when it is three quarters full. */
function bucketCount(size: number): number {
  let count = 16;
  while (size >= count - count / 4) count *= 2;
  return count;
}
