import { RULES } from "../../core/server/bugs.ts";
import type { Peer } from "../../core/server/peer.ts";
import type { ConnectionId } from "../../core/server/port.ts";
import type { LogEntry } from "../../core/server/service/service-port.ts";
import type { QuorumPacket } from "../../core/zab/packets.ts";
import { makeZxid, type Zxid } from "../../core/zxid.ts";
import { historyOf } from "../../sim/disk/seeded-history.ts";
import { deepFreeze } from "./recording-port.ts";
import { Bench, type BenchSpec, UNTRUSTED } from "./server-bench.ts";

/** Servers on a bench that have come some way into a role, each a step further than the one before. */

/** A bench whose elections decide without finalizeWait. */
function decidingAtOnce(spec: BenchSpec): Bench {
  const rules = { ...(spec.rules ?? RULES), finalizeWaitMs: 0 };
  return new Bench({ observers: 1, ...spec, rules }).bootConnected();
}

/**
 * Server 3 of the voters 1 to 5 and the observer 6 was elected by 1, 2 and itself, at time 0, and writes the snapshot
 * with which a leadership begins.
 */
export function electedLeader(spec: BenchSpec = {}): Bench {
  const b = decidingAtOnce(spec);
  const { zxid, peerEpoch } = b.peer.election.proposal;
  b.loopBack();
  for (const voter of [1, 2]) b.hears(voter, { votes: 3, zxid, epoch: peerEpoch });
  if (b.peer.leading === undefined) throw new Error(`the server is ${b.peer.state}`);
  return b;
}

/** As `electedLeader`, and it waits for followers. */
export function waitingLeader(spec: BenchSpec = {}): Bench {
  return electedLeader(spec).diskDid("snapshot");
}

export interface WithTwo {
  readonly b: Bench;
  readonly one: ConnectionId;
  readonly two: ConnectionId;
}

/** As `waitingLeader`, and the new epoch is decided with 1 and 2, and on the leader's disk. */
export function promisedLeader(spec: BenchSpec = {}): WithTwo {
  const b = waitingLeader(spec);
  const { acceptedEpoch } = b.peer;
  const one = b.joinedBy(1, { acceptedEpoch });
  const two = b.joinedBy(2, { acceptedEpoch });
  b.diskDid("acceptedEpoch");
  b.forget();
  return { b, one, two };
}

/** As `promisedLeader`, and 1 and 2, which have what the leader has, acknowledged that; its currentEpoch is written. */
export function synchronizingLeader(spec: BenchSpec = {}): WithTwo {
  const leader = promisedLeader(spec);
  const { b, one, two } = leader;
  b.promisedBy(one);
  b.promisedBy(two);
  b.diskDid("currentEpoch");
  b.forget();
  return leader;
}

/** As `synchronizingLeader`, and both have its history: it serves. */
export function servingLeader(spec: BenchSpec = {}): WithTwo {
  const leader = synchronizingLeader(spec);
  const { b, one, two } = leader;
  const { epoch: ofLeader } = b.peer.leading as NonNullable<Peer["leading"]>;
  for (const follower of [one, two]) b.ackedBy(follower, makeZxid(ofLeader, 0));
  b.forget();
  return leader;
}

/** A server that at time 0 has begun to follow or observe 5, and dials it. */
export function diallingLearner(spec: BenchSpec = {}): Bench {
  const b = decidingAtOnce(spec);
  for (const voter of [5, 4, 2]) b.hears(voter, { votes: 5, epoch: 99 });
  if (b.peer.learning === undefined) throw new Error(`the server is ${b.peer.state}`);
  return b;
}

/** As `diallingLearner`, and it has told its leader of itself. */
export function registeredLearner(spec: BenchSpec = {}): Bench {
  const b = diallingLearner(spec);
  b.step({ kind: "connected", connection: b.dialled });
  b.forget();
  return b;
}

/** As `promisedLearner`, by a server that has left its role and looks in another round. */
export function followsAgain(b: Bench): void {
  for (const voter of [5, 4, 2]) {
    b.hears(voter, { votes: 5, epoch: 99, round: b.peer.election.round });
  }
  b.step({ kind: "connected", connection: b.dialled });
  b.told(leaderInfo(b.peer.acceptedEpoch + 1)).diskDid("acceptedEpoch");
}

export function leaderInfo(newEpoch: number): QuorumPacket {
  return { kind: "LEADERINFO", zxid: makeZxid(newEpoch, 0), protocolVersion: 0x10000 };
}

/** As `registeredLearner`, and it has promised its leader an epoch: that above the one on its disk. */
export function promisedLearner(spec: BenchSpec = {}): Bench {
  const b = registeredLearner(spec);
  b.told(leaderInfo(b.peer.acceptedEpoch + 1)).diskDid("acceptedEpoch");
  b.forget();
  return b;
}

/** What a leader says that has nothing which this learner lacks; its epoch is the one that the learner promised. */
export function nothingNew(b: Bench): readonly QuorumPacket[] {
  return [{ kind: "DIFF", zxid: b.peer.database.tree.lastProcessedZxid }, newLeader(b)];
}

export function newLeader(b: Bench): QuorumPacket {
  return { kind: "NEWLEADER", zxid: makeZxid(b.peer.acceptedEpoch, 0), config: "" };
}

export const UPTODATE: QuorumPacket = { kind: "UPTODATE", zxid: UNTRUSTED };

/** As `promisedLearner`, and it serves with the history that it had. */
export function servingLearner(spec: BenchSpec = {}): Bench {
  const b = promisedLearner(spec);
  b.told(...nothingNew(b)).diskDid("currentEpoch");
  b.told(UPTODATE).forget();
  return b;
}

/** A transaction of nobody's session that creates a node of its own. */
export function transaction(zxid: Zxid): LogEntry {
  const [stored] = historyOf([zxid]).logs[0]?.entries ?? [];
  if (stored?.kind !== "entry") throw new Error("a history of one transaction has one");
  return deepFreeze(stored.entry);
}

export function proposal(zxid: Zxid): QuorumPacket {
  return { kind: "PROPOSAL", zxid, entry: transaction(zxid) };
}

export function commit(zxid: Zxid): QuorumPacket {
  return { kind: "COMMIT", zxid };
}
