import type { Epoch, Round, ServerId } from "../ids.ts";
import type { Zxid } from "../zxid.ts";

/** The wire value is the place in this list (QuorumPeer.ServerState). */
export const SERVER_STATES = ["LOOKING", "FOLLOWING", "LEADING", "OBSERVING"] as const;
export type ServerState = (typeof SERVER_STATES)[number];

/** Whom a vote is for, and what that server has: all that the order of votes looks at. */
export interface Candidate {
  readonly leader: ServerId;
  /** The candidate's last zxid. */
  readonly zxid: Zxid;
  /** The candidate's currentEpoch. */
  readonly peerEpoch: Epoch;
}

/** A vote as an election keeps it (org.apache.zookeeper.server.quorum.Vote). */
export interface Vote extends Candidate {
  /** The round of the election in which it was cast (`electionEpoch`). */
  readonly round: Round;
  /** State of the server that cast it. */
  readonly state: ServerState;
  /** Version of the notification format that it came in; 0 where ZooKeeper leaves it out. */
  readonly version: number;
}

/** Which field decided between two votes. `weight`: the new vote is for a server that may not win. */
export type Deciding = "peerEpoch" | "zxid" | "leader" | "weight" | "same";

/**
 * The order of votes: larger epoch, then larger zxid, then larger id, each looked at only when all before are
 * equal (FastLeaderElection.totalOrderPredicate; the guard on the last two is ZOOKEEPER-1419).
 */
export function isGreater(a: Candidate, b: Candidate): boolean {
  if (a.peerEpoch !== b.peerEpoch) return a.peerEpoch > b.peerEpoch;
  if (a.zxid !== b.zxid) return a.zxid > b.zxid;
  return a.leader > b.leader;
}

/** The first field in which two votes differ, in the order in which they are compared. */
export function decidingField(a: Candidate, b: Candidate): Deciding {
  if (a.peerEpoch !== b.peerEpoch) return "peerEpoch";
  if (a.zxid !== b.zxid) return "zxid";
  return a.leader === b.leader ? "same" : "leader";
}

/**
 * Whether two votes count as votes for the same thing (Vote.equals). Votes of servers that look must agree in
 * everything; answers of an established ensemble need only name the same leader and epoch, because its members
 * keep the zxid and round of the election that each of them took part in (ZOOKEEPER-1732, ZOOKEEPER-1818).
 */
export function agrees(a: Vote, b: Vote): boolean {
  if (a.state === "LOOKING" || b.state === "LOOKING") {
    return (
      a.leader === b.leader &&
      a.zxid === b.zxid &&
      a.round === b.round &&
      a.peerEpoch === b.peerEpoch
    );
  }
  if ((a.version === 0) !== (b.version === 0)) return a.leader === b.leader;
  return a.leader === b.leader && a.peerEpoch === b.peerEpoch;
}
