import { epoch } from "../core/ids.ts";
import { epochOf, formatZxid, type Zxid } from "../core/zxid.ts";
import { upTo } from "../sim/disk/seeded-history.ts";
import type { DiskContents } from "../sim/world.ts";
import type { ServerStart } from "./format/ensemble.ts";
import { zxidOf } from "./format/zxid-text.ts";

/** What a server finds on its disk: the transactions of its zxid's epoch up to it, and the two epochs. */
export function diskOf(start: ServerStart): DiskContents {
  const { currentEpoch, acceptedEpoch } = epochsOf(start);
  return {
    currentEpoch: epoch(currentEpoch),
    acceptedEpoch: epoch(acceptedEpoch),
    ...(start.zxid === undefined ? {} : { files: upTo(lastZxidOf(start)) }),
  };
}

/** Why ZooKeeper would refuse to start on such a disk (QuorumPeer.loadDataBase), with the field that is wrong. */
export function diskProblem(
  start: ServerStart,
): { readonly field: "currentEpoch" | "acceptedEpoch"; readonly rule: string } | undefined {
  const lastZxid = lastZxidOf(start);
  const { currentEpoch, acceptedEpoch } = epochsOf(start);
  const ofZxid = epochOf(lastZxid);
  if (ofZxid > currentEpoch) {
    return {
      field: "currentEpoch",
      rule:
        `expected at least ${ofZxid}, the epoch of the zxid ${formatZxid(lastZxid)}, ` +
        `got ${currentEpoch}; ZooKeeper would refuse to start`,
    };
  }
  if (acceptedEpoch < currentEpoch) {
    return {
      field: "acceptedEpoch",
      rule:
        `expected at least ${currentEpoch}, the currentEpoch, got ${acceptedEpoch}; ` +
        "ZooKeeper would refuse to start",
    };
  }
  return undefined;
}

function lastZxidOf({ zxid }: ServerStart): Zxid {
  return zxidOf(zxid ?? "0x0");
}

/**
 * What is not said follows as when ZooKeeper finds no file: currentEpoch from the zxid, acceptedEpoch from
 * currentEpoch.
 */
function epochsOf(start: ServerStart): { currentEpoch: number; acceptedEpoch: number } {
  const currentEpoch = start.currentEpoch ?? epochOf(lastZxidOf(start));
  return { currentEpoch, acceptedEpoch: start.acceptedEpoch ?? currentEpoch };
}
