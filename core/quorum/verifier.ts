import type { ServerId } from "../ids.ts";

/**
 * What counts as a quorum, as data (QuorumMaj and QuorumHierarchical in ZooKeeper).
 *
 * `majority`: more than half of the voters. `hierarchical`: more than half of the groups that have weight, each
 * with more than half of its own weight; halves are whole-number divisions, as in Java.
 */
export type QuorumVerifier =
  | { readonly kind: "majority"; readonly voters: readonly ServerId[] }
  | {
      readonly kind: "hierarchical";
      readonly voters: readonly ServerId[];
      readonly groups: readonly QuorumGroup[];
      readonly weights: readonly (readonly [ServerId, number])[];
    };

export interface QuorumGroup {
  readonly id: number;
  readonly members: readonly ServerId[];
}

export function isVoter(verifier: QuorumVerifier, sid: ServerId): boolean {
  return verifier.voters.includes(sid);
}

/** 1 for everybody under a majority. A server of weight 0 never beats another's vote (QuorumVerifier.getWeight). */
export function weightOf(verifier: QuorumVerifier, sid: ServerId): number {
  if (verifier.kind === "majority") return 1;
  for (const [id, weight] of verifier.weights) if (id === sid) return weight;
  return 0;
}

/** Whether these servers are a quorum (QuorumVerifier.containsQuorum). Non-voters among them don't count. */
export function isQuorum(verifier: QuorumVerifier, sids: readonly ServerId[]): boolean {
  if (verifier.kind === "majority") {
    let votes = 0;
    for (const sid of sids) if (isVoter(verifier, sid)) votes++;
    return votes > Math.floor(verifier.voters.length / 2);
  }
  let groupsWithWeight = 0;
  let groupsWon = 0;
  for (const group of verifier.groups) {
    let total = 0;
    let present = 0;
    for (const member of group.members) {
      const weight = weightOf(verifier, member);
      total += weight;
      if (sids.includes(member) && isVoter(verifier, member)) present += weight;
    }
    if (total === 0) continue;
    groupsWithWeight++;
    if (present > Math.floor(total / 2)) groupsWon++;
  }
  return groupsWon > Math.floor(groupsWithWeight / 2);
}

/** `3 of 5 voters`, or `2 of 3 groups`: what it takes, for people. */
export function quorumNeeds(verifier: QuorumVerifier): string {
  if (verifier.kind === "majority") {
    const voters = verifier.voters.length;
    return `${Math.floor(voters / 2) + 1} of ${voters}`;
  }
  const groups = verifier.groups.filter((group) =>
    group.members.some((member) => weightOf(verifier, member) > 0),
  ).length;
  return `more than half the weight in ${Math.floor(groups / 2) + 1} of ${groups} groups`;
}
