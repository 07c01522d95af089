import { assertNever } from "../core/assert-never.ts";
import { SERVER_STATES } from "../core/election/vote.ts";
import {
  EXIT_REASONS,
  LEAVE_REASONS,
  LOST_REASONS,
  type Observation,
  SYNC_MODES,
} from "../core/server/observations.ts";
import type { Trace } from "./kernel/trace.ts";
import { DECIDING, HOW_ELECTED, numbersOf, POLL_ACTIONS, RECORD } from "./records.ts";

const STATE = numbersOf(SERVER_STATES);
const BECAUSE = numbersOf(DECIDING);
const POLL_ACTION = numbersOf(POLL_ACTIONS);
const HOW = numbersOf(HOW_ELECTED);
const LOST = numbersOf(LOST_REASONS);
const LEAVE = numbersOf(LEAVE_REASONS);
const MODE = numbersOf(SYNC_MODES);
const EXIT = numbersOf(EXIT_REASONS);

/** The node index of a server id; −1 for nobody. */
export type NodeOf = (sid: number) => number;

/** Writes what a server lets be known into the trace. */
export function recordObservation(
  trace: Trace,
  node: number,
  observation: Observation,
  nodeOf: NodeOf,
): void {
  const o = observation;
  const record = trace.begin(RECORD[o.kind], node);
  switch (o.kind) {
    case "looking":
      record.int(o.round).zxid(o.zxid).epoch(o.peerEpoch);
      break;
    case "voteChanged":
      record.int(nodeOf(o.from)).int(o.round);
      record.int(nodeOf(o.vote.leader)).zxid(o.vote.zxid).epoch(o.vote.peerEpoch);
      record.int(nodeOf(o.before.leader)).zxid(o.before.zxid).epoch(o.before.peerEpoch);
      record.int(BECAUSE[o.because]);
      break;
    case "roundRaised":
      record.int(nodeOf(o.from)).int(o.round).int(o.before);
      break;
    case "quorumAgrees":
      record.int(nodeOf(o.leader)).int(o.round).int(nodeSet(o.supporters, nodeOf));
      break;
    case "finalizeInterrupted":
      record.int(nodeOf(o.from)).int(nodeOf(o.leader));
      break;
    case "pollTimedOut":
      record.int(POLL_ACTION[o.action]).int(o.nextWaitMs);
      break;
    case "elected":
      record.int(STATE[o.state]).int(nodeOf(o.leader)).zxid(o.zxid).int(o.round);
      record.epoch(o.peerEpoch).int(HOW[o.how]).int(nodeSet(o.supporters, nodeOf));
      record.int(o.tookMs);
      break;
    case "leaderUnreachable":
      record.int(nodeOf(o.leader)).int(o.tries).flag(o.again);
      break;
    case "registered":
      record.int(nodeOf(o.leader)).epoch(o.acceptedEpoch);
      break;
    case "following":
      record.int(nodeOf(o.leader)).epoch(o.epoch);
      break;
    case "followerRegistered":
      record.int(nodeOf(o.follower)).epoch(o.acceptedEpoch).int(nodeSet(o.registered, nodeOf));
      break;
    case "leading":
      record.epoch(o.epoch).int(nodeSet(o.quorum, nodeOf));
      break;
    case "epochAcknowledged":
      record.epoch(o.epoch).int(nodeSet(o.quorum, nodeOf));
      break;
    case "learnerSynced":
      record.int(nodeOf(o.learner)).int(MODE[o.mode]).zxid(o.zxid).zxid(o.peerLastZxid);
      record.zxid(o.minCommittedLog).zxid(o.maxCommittedLog).zxid(o.lastProcessedZxid);
      record.int(o.proposals);
      break;
    case "synchronizing":
      record.int(nodeOf(o.leader)).int(MODE[o.mode]).zxid(o.zxid);
      break;
    case "truncated":
      record.zxid(o.target).zxid(o.zxid);
      break;
    case "newLeaderAcknowledged":
      record.int(nodeOf(o.leader)).epoch(o.epoch);
      break;
    case "established":
      record.epoch(o.epoch).int(nodeSet(o.quorum, nodeOf)).zxid(o.zxid);
      break;
    case "serving":
      record.int(STATE[o.state]).int(nodeOf(o.leader)).epoch(o.epoch).zxid(o.zxid);
      break;
    case "proposed":
      record.zxid(o.entry.header.zxid).text(o.entry.txn.kind);
      break;
    case "acknowledged":
      record.zxid(o.zxid);
      break;
    case "committed":
      record.zxid(o.zxid).int(nodeSet(o.quorum, nodeOf));
      break;
    case "fastForwarded":
      record.zxid(o.from).zxid(o.to);
      break;
    case "exited":
      record.int(EXIT[o.why]);
      break;
    case "learnerLost":
      record.int(nodeOf(o.learner)).int(LOST[o.why]);
      break;
    case "roleLeft":
      record.int(STATE[o.state]).int(LEAVE[o.why]);
      break;
    default:
      assertNever(o);
  }
  record.end();
}

function nodeSet(sids: readonly number[], nodeOf: NodeOf): number {
  let set = 0;
  for (const sid of sids) set |= 1 << nodeOf(sid);
  return set;
}
