import { NO_SESSION } from "../../core/ids.ts";
import type { StoredFiles, StoredSnapshot } from "../../core/server/service/recovery.ts";
import type { LogEntry } from "../../core/server/service/service-port.ts";
import { OPEN_ACL } from "../../core/tree/acl-cache.ts";
import { newTree } from "../../core/tree/data-tree.ts";
import { treeImage } from "../../core/tree/snapshot.ts";
import { counterOf, epochOf, formatZxid, makeZxid, ZERO_ZXID, type Zxid } from "../../core/zxid.ts";

/**
 * Histories to begin with, for tests, scenarios and recorded cases: what the disk of an ensemble's server would have
 * after transactions that nobody needs to know. The same zxids give the same history on every server.
 */

const MOST_ENTRIES = 2000;

/** The snapshot of a server's first start, and a log in which each transaction creates a node named after its zxid. */
export function historyOf(zxids: readonly Zxid[]): StoredFiles {
  const snapshots = [emptySnapshot(ZERO_ZXID)];
  const [firstZxid] = zxids;
  if (firstZxid === undefined) return { snapshots, logs: [] };
  for (const [i, zxid] of zxids.entries()) {
    const before = zxids[i - 1] ?? ZERO_ZXID;
    if (zxid > before) continue;
    throw new RangeError(
      `the zxids of a history rise, got ${formatZxid(zxid)} after ${formatZxid(before)}`,
    );
  }
  const entries = zxids.map((zxid, i) => ({ kind: "entry", entry: seedEntry(zxid, i) }) as const);
  return { snapshots, logs: [{ firstZxid, entries }] };
}

/**
 * A history that ends with that zxid: all transactions of its epoch up to it or, where those are too many or there can
 * be none, as for (epoch, 0), a snapshot of that name without any of the nodes.
 */
export function upTo(last: Zxid): StoredFiles {
  const count = counterOf(last);
  if (last !== ZERO_ZXID && (count === 0 || count > MOST_ENTRIES)) {
    return { snapshots: [emptySnapshot(last)], logs: [] };
  }
  const epoch = epochOf(last);
  return historyOf(Array.from({ length: count }, (_, i) => makeZxid(epoch, i + 1)));
}

/** The path of the node that such a transaction creates. */
export function seedPath(zxid: Zxid): string {
  return `/seed-${zxid.toString(16)}`;
}

/** The tree of an ensemble's server before it wrote its membership into it, which it does anew at each start. */
function emptySnapshot(zxid: Zxid): StoredSnapshot {
  const tree = { ...treeImage(newTree({ extendedTypes: false })), lastProcessedZxid: zxid };
  return { zxid, content: { zxid, sessions: [], tree } };
}

function seedEntry(zxid: Zxid, before: number): LogEntry {
  return {
    header: { sessionId: NO_SESSION, cxid: 0, zxid, time: 0 },
    txn: {
      kind: "create",
      path: seedPath(zxid),
      data: new Uint8Array(0),
      acl: OPEN_ACL,
      ephemeral: false,
      parentCversion: before + 1,
    },
  };
}
