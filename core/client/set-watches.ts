import { OPCODES } from "../wire/opcodes.ts";
import type { Request } from "../wire/records.ts";
import type { Zxid } from "../zxid.ts";
import { toServerPath } from "./connect-string.ts";
import type { Watches } from "./watch-manager.ts";

/** A request that sets watches again, with its opcode. */
export interface SetWatches {
  readonly type: number;
  readonly request: Request;
}

/** A request is full when its paths have so many characters; the last one may go beyond it (ZOOKEEPER-706). */
const SET_WATCHES_MAX_LENGTH = 128 * 1024;

const LISTS = ["data", "exist", "child", "persistent", "persistentRecursive"] as const;

/**
 * The requests that set all watches again on a new connection, in the order in which they are made
 * (SendThread.primeConnection). One with persistent watches in it is setWatches2, the others are setWatches, which
 * old servers know as well.
 */
export function setWatchesRequests(
  watches: Watches,
  chroot: string | null,
  relativeZxid: Zxid,
): SetWatches[] {
  const requests: SetWatches[] = [];
  let batch = newBatch();
  let length = 0;
  for (const list of LISTS) {
    for (const path of watches[list].keys()) {
      const serverPath = toServerPath(chroot, path);
      batch[list].push(serverPath);
      length += serverPath.length;
      if (length >= SET_WATCHES_MAX_LENGTH) {
        requests.push(requestOf(batch, relativeZxid));
        batch = newBatch();
        length = 0;
      }
    }
  }
  if (length > 0) requests.push(requestOf(batch, relativeZxid));
  return requests;
}

type Batch = Record<(typeof LISTS)[number], string[]>;

function newBatch(): Batch {
  return { data: [], exist: [], child: [], persistent: [], persistentRecursive: [] };
}

function requestOf(batch: Batch, relativeZxid: Zxid): SetWatches {
  const isOld = batch.persistent.length === 0 && batch.persistentRecursive.length === 0;
  const kind = isOld ? "setWatches" : "setWatches2";
  return {
    type: OPCODES[kind],
    request: {
      kind,
      relativeZxid,
      dataWatches: batch.data,
      existWatches: batch.exist,
      childWatches: batch.child,
      persistentWatches: batch.persistent,
      persistentRecursiveWatches: batch.persistentRecursive,
    },
  };
}
