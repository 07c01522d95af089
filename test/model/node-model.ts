import type { SessionId } from "../../core/ids.ts";
import type { Acl, Buffer, Stat } from "../../core/wire/records.ts";
import type { Zxid } from "../../core/zxid.ts";

/** One znode, what clients see of it, and where it is. */

export interface Node {
  data: Buffer | null;
  acl: readonly Acl[];
  /** The lists that it had before, and the zxids that ended them. */
  readonly lastAcls: { readonly acl: readonly Acl[]; readonly until: Zxid }[];
  version: number;
  /** Creates and deletes of children. */
  cversion: number;
  aversion: number;
  /** Creates of children alone: the next sequential number. */
  created: number;
  readonly owner: SessionId;
  readonly children: Set<string>;
  readonly czxid: Zxid;
  mzxid: Zxid;
  pzxid: Zxid;
  readonly ctime: number;
  mtime: number;
}

export function statOf(node: Node): Stat {
  const { czxid, mzxid, pzxid, ctime, mtime, version, cversion, aversion } = node;
  return {
    czxid,
    mzxid,
    ctime,
    mtime,
    version,
    cversion,
    aversion,
    ephemeralOwner: node.owner,
    dataLength: node.data?.length ?? 0,
    numChildren: node.children.size,
    pzxid,
  };
}

export function newNode(
  data: Buffer | null,
  acl: readonly Acl[],
  owner: SessionId,
  zxid: Zxid,
  time: number,
): Node {
  const zxids = { czxid: zxid, mzxid: zxid, pzxid: zxid };
  const counters = { version: 0, cversion: 0, aversion: 0, created: 0 };
  return {
    data,
    acl,
    lastAcls: [],
    owner,
    children: new Set(),
    ctime: time,
    mtime: time,
    ...zxids,
    ...counters,
  };
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === 0 ? "/" : path.slice(0, slash);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
