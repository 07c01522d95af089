import { epoch } from "../core/ids.ts";
import type { Durable } from "../core/server/peer.ts";
import { epochOf, formatZxid } from "../core/zxid.ts";
import type { ServerStart } from "./format/ensemble.ts";
import { zxidOf } from "./format/zxid-text.ts";

/**
 * What a server finds on its disk. What is not said follows as when ZooKeeper finds no file: currentEpoch from the
 * zxid, acceptedEpoch from currentEpoch.
 */
export function durableOf(start: ServerStart): Durable {
  const lastZxid = zxidOf(start.zxid ?? "0x0");
  const currentEpoch = start.currentEpoch ?? epochOf(lastZxid);
  return {
    lastZxid,
    currentEpoch: epoch(currentEpoch),
    acceptedEpoch: epoch(start.acceptedEpoch ?? currentEpoch),
  };
}

/** Why ZooKeeper would refuse to start on such a disk (QuorumPeer.loadDataBase), with the field that is wrong. */
export function durableProblem(
  disk: Durable,
): { readonly field: "currentEpoch" | "acceptedEpoch"; readonly rule: string } | undefined {
  const ofZxid = epochOf(disk.lastZxid);
  if (ofZxid > disk.currentEpoch) {
    return {
      field: "currentEpoch",
      rule:
        `expected at least ${ofZxid}, the epoch of the zxid ${formatZxid(disk.lastZxid)}, ` +
        `got ${disk.currentEpoch}; ZooKeeper would refuse to start`,
    };
  }
  if (disk.acceptedEpoch < disk.currentEpoch) {
    return {
      field: "acceptedEpoch",
      rule:
        `expected at least ${disk.currentEpoch}, the currentEpoch, got ${disk.acceptedEpoch}; ` +
        "ZooKeeper would refuse to start",
    };
  }
  return undefined;
}
