import type { Durable } from "../../core/server/peer.ts";
import type { StoredFiles, StoredLog } from "../../core/server/service/recovery.ts";
import { epochOf, ZERO_ZXID, type Zxid } from "../../core/zxid.ts";

/** What can be told of a server's disk from outside, while no process reads it. */

/**
 * What is on a server's disk before its first start: log and snapshots, and the epochs of an ensemble's server. An
 * epoch that is not given follows from the last zxid, as when ZooKeeper finds no file (QuorumPeer.loadDataBase).
 */
export interface DiskContents extends Partial<Durable> {
  readonly files?: StoredFiles;
}

/** The epochs of such a disk, also where they are not given. */
export function epochsOn({ acceptedEpoch, currentEpoch, files }: DiskContents): Durable {
  const ofZxid = epochOf(files === undefined ? ZERO_ZXID : lastZxidOf(files));
  return { acceptedEpoch: acceptedEpoch ?? ofZxid, currentEpoch: currentEpoch ?? ofZxid };
}

/** The last transaction that files hold, in a snapshot or in the log. */
export function lastZxidOf({ snapshots, logs }: StoredFiles): Zxid {
  let last = lastLogged(logs);
  for (const { zxid, content } of snapshots) {
    if (content !== undefined && zxid > last) last = zxid;
  }
  return last;
}

/** The last whole transaction in the log; 0 if there is none. */
export function lastLogged(logs: readonly StoredLog[]): Zxid {
  let last = ZERO_ZXID;
  for (const { entries } of logs) {
    const whole = entries.findLast((stored) => stored.kind === "entry");
    if (whole?.kind === "entry" && whole.entry.header.zxid > last) last = whole.entry.header.zxid;
  }
  return last;
}
