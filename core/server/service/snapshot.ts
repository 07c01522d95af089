import type { SessionId } from "../../ids.ts";
import type { TreeImage } from "../../tree/snapshot.ts";
import type { Zxid } from "../../zxid.ts";

/** What a snapshot file holds (FileSnap): the session table, then the tree. */
export interface Snapshot {
  /** The last transaction that was applied when the snapshot began; its file name. The tree may be later. */
  readonly zxid: Zxid;
  /** Session id and timeout in ms, as they were at `zxid`. */
  readonly sessions: readonly (readonly [SessionId, number])[];
  readonly tree: TreeImage;
  /**
   * Files that mean nothing any more, by the zxids in their names, since this snapshot came from a leader. They are
   * deleted behind it; a server that crashes before that finds out here which they were.
   */
  readonly replaces?: ReplacedFiles;
}

export interface ReplacedFiles {
  readonly snapshots: readonly Zxid[];
  readonly logs: readonly Zxid[];
}
