import type { SyncMode } from "../server/observations.ts";
import type { StoredFiles } from "../server/service/recovery.ts";
import type { LogEntry } from "../server/service/service-port.ts";
import { epochOf, isPhantom, ZERO_ZXID, type Zxid } from "../zxid.ts";
import { committedFrom, type CommittedLog, maxCommitted, minCommitted } from "./committed-log.ts";
import { proposalsFromTxnLog, type TxnLogLimits } from "./disk-log.ts";
import type { ZabRules } from "./rules.ts";

/**
 * How a leader brings a learner to its own history (LearnerHandler.syncFollower): by what is missing (DIFF), by taking
 * away what the leader does not have (TRUNC), or by all of it (SNAP). A leader's whole log is its history, committed or
 * not: once a quorum has it, it is.
 */

export interface SyncInput extends TxnLogLimits {
  /** The learner's last transaction, or the phantom that it got from a leader. */
  readonly peerLastZxid: Zxid;
  /** Nothing else will do (LearnerHandler.forceSnapSync). */
  readonly forceSnapshotSync?: boolean;
  /** The leader's; (epoch, 0) when it serves and has written nothing. */
  readonly lastProcessedZxid: Zxid;
  readonly committedLog: CommittedLog;
  /** Asked only when the committed log does not go back far enough. */
  readonly stored: () => StoredFiles;
  readonly rules: ZabRules;
}

export interface SyncPlan {
  readonly mode: SyncMode;
  /** Of the DIFF, TRUNC or SNAP packet. */
  readonly zxid: Zxid;
  /** What follows it, each as PROPOSAL and COMMIT. */
  readonly entries: readonly LogEntry[];
  /** The learner has everything up to here; what comes behind is forwarded to it (Leader.startForwarding). */
  readonly lastSeen: Zxid;
}

export function planSync(input: SyncInput): SyncPlan {
  const { peerLastZxid, lastProcessedZxid, committedLog } = input;
  const isEmpty = maxCommitted(committedLog) === ZERO_ZXID;
  const min = isEmpty ? lastProcessedZxid : minCommitted(committedLog);
  const max = isEmpty ? lastProcessedZxid : maxCommitted(committedLog);
  if (input.forceSnapshotSync === true) {
    return { mode: "SNAP", zxid: lastProcessedZxid, entries: [], lastSeen: lastProcessedZxid };
  }
  if (peerLastZxid === lastProcessedZxid) {
    return { mode: "DIFF", zxid: peerLastZxid, entries: [], lastSeen: peerLastZxid };
  }
  // Whatever the epoch. A phantom is in no log, so that nothing of it could be cut off.
  if (peerLastZxid > max && !isPhantom(peerLastZxid)) {
    return { mode: "TRUNC", zxid: max, entries: [], lastSeen: max };
  }
  const queue: Queue = { opPacket: undefined, entries: [], last: peerLastZxid };
  const hasHistory =
    peerLastZxid <= max && (peerLastZxid >= min || queueFromDisk(input, queue, min, max));
  if (hasHistory) {
    queueCommittedProposals(input, queue, committedFrom(committedLog, queue.last), max);
    if (queue.opPacket !== undefined) {
      return { ...queue.opPacket, entries: queue.entries, lastSeen: queue.last };
    }
  }
  return { mode: "SNAP", zxid: lastProcessedZxid, entries: [], lastSeen: lastProcessedZxid };
}

/** What is to be sent, as far as it is known (LearnerHandler.queuedPackets). */
interface Queue {
  opPacket: { readonly mode: "DIFF" | "TRUNC"; readonly zxid: Zxid } | undefined;
  readonly entries: LogEntry[];
  /** The learner's last transaction once it has all this. */
  last: Zxid;
}

/** Queues what is below the committed log. False: the log on disk can't say what that is. */
function queueFromDisk(input: SyncInput, queue: Queue, min: Zxid, max: Zxid): boolean {
  const log = proposalsFromTxnLog(input.stored(), input.peerLastZxid, input);
  if (log === undefined) return false;
  queueCommittedProposals(input, queue, log, max, min);
  // Between the log's end and the committed log something may be missing (ZOOKEEPER-2418).
  return queue.last >= min;
}

/**
 * LearnerHandler.queueCommittedProposals. `history` has to begin at or below the learner's last transaction: whether
 * that one is part of it decides between DIFF and TRUNC. Without an op packet in the end, neither is possible.
 */
function queueCommittedProposals(
  { rules }: SyncInput,
  queue: Queue,
  history: Iterable<LogEntry>,
  max: Zxid,
  limit: Zxid = max,
): void {
  const from = queue.last;
  const diff = { mode: "DIFF", zxid: max } as const;
  // −1 in ZooKeeper. It is never sent, unless gaps go unnoticed: history begins at or below the learner's last.
  let prev = ZERO_ZXID;
  for (const entry of history) {
    const { zxid } = entry.header;
    if (zxid > limit) break;
    if (zxid < from) {
      prev = zxid;
      continue;
    }
    if (queue.opPacket === undefined) {
      // A phantom stands for all history below it. ZOOKEEPER-1154 took other zxids for such, too.
      if (zxid === from || isPhantom(from) || !rules.truncatesWithinLog) {
        queue.opPacket = diff;
      } else {
        // The learner has something that the leader lacks. Truncation across epochs would make it crash.
        if (epochOf(zxid) !== epochOf(from)) return;
        queue.opPacket = { mode: "TRUNC", zxid: prev };
      }
    }
    if (zxid <= queue.last) continue;
    queue.entries.push(entry);
    queue.last = zxid;
  }
  if (queue.opPacket === undefined && isPhantom(from)) queue.opPacket = diff;
}
