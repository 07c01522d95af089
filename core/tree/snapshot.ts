import type { SessionId } from "../ids.ts";
import type { Acl, Buffer } from "../wire/records.ts";
import type { Zxid } from "../zxid.ts";
import { shareAcl } from "./acl-cache.ts";
import { bareTree, setEnsembleConfig } from "./new-tree.ts";
import { nodeName, parentOf, ROOT } from "./path.ts";
import { setupQuota } from "./quota.ts";
import type { DataTree, SharedAcl, TreeOptions, ZNode } from "./tree-state.ts";
import { addChild, newZNode, putNode } from "./znode.ts";

/**
 * What a snapshot holds of a tree (`DataTree.serialize`), as plain data. Taken in one go, so it is never fuzzy.
 * Sessions' ephemerals, containers, TTLs and quotas are not in it: they follow from the nodes. Watches are no part
 * of a tree's data, nor are session timeouts, which the database keeps.
 */
export interface TreeImage {
  readonly lastProcessedZxid: Zxid;
  /** Every distinct list once. */
  readonly acls: readonly (readonly Acl[])[];
  /** Parents before children; the root first, as "". */
  readonly nodes: readonly NodeImage[];
}

export interface NodeImage {
  readonly path: string;
  readonly data: Buffer | null;
  /** Which of the image's lists. */
  readonly acl: number;
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly pzxid: Zxid;
  readonly ctime: number;
  readonly mtime: number;
  readonly version: number;
  /** As stored: child creates. */
  readonly cversion: number;
  readonly aversion: number;
  /** As stored. */
  readonly ephemeralOwner: SessionId;
}

/** Shares the nodes' data with the tree, which never changes it in place, and nothing else. */
export function treeImage(tree: DataTree): TreeImage {
  const numbers = new Map<SharedAcl, number>();
  const nodes: NodeImage[] = [];
  const pending = [""];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const node = tree.nodes.get(path);
    if (node === undefined) continue;
    nodes.push(nodeImage(path, node, numberOf(numbers, node.acl)));
    const children = [...(node.children ?? [])].reverse();
    for (const child of children) pending.push(`${path}/${child}`);
  }
  const acls = [...numbers.keys()].map((acl) => acl.list);
  return { lastProcessedZxid: tree.lastProcessedZxid, acls, nodes };
}

/**
 * The tree that a server has once it has read a snapshot (`DataTree.deserialize`). Quotas' stats are counted anew, and
 * a server of an ensemble writes its membership, so these two need not be what they were.
 */
export function treeFromImage(image: TreeImage, options: TreeOptions): DataTree {
  const tree = bareTree(options);
  for (const from of image.nodes) {
    const acl = image.acls[from.acl];
    if (acl === undefined) throw new RangeError(`no ACL ${from.acl} in the image of ${from.path}`);
    const node = newZNode(
      from.data,
      shareAcl(tree, acl),
      from.ephemeralOwner,
      from.czxid,
      from.ctime,
    );
    node.mzxid = from.mzxid;
    node.pzxid = from.pzxid;
    node.mtime = from.mtime;
    node.version = from.version;
    node.cversion = from.cversion;
    node.aversion = from.aversion;
    putNode(tree, from.path, node);
    if (from.path === "") tree.nodes.set(ROOT, node);
    else adopt(tree, from.path);
  }
  tree.lastProcessedZxid = image.lastProcessedZxid;
  setupQuota(tree);
  if (options.ensembleConfig !== undefined) setEnsembleConfig(tree, options.ensembleConfig);
  return tree;
}

function adopt(tree: DataTree, path: string): void {
  const parent = tree.nodes.get(parentOf(path));
  if (parent === undefined) throw new RangeError(`the image has no parent of ${path}`);
  addChild(parent, nodeName(path));
}

function nodeImage(path: string, node: ZNode, acl: number): NodeImage {
  return {
    path,
    data: node.data,
    acl,
    czxid: node.czxid,
    mzxid: node.mzxid,
    pzxid: node.pzxid,
    ctime: node.ctime,
    mtime: node.mtime,
    version: node.version,
    cversion: node.cversion,
    aversion: node.aversion,
    ephemeralOwner: node.ephemeralOwner,
  };
}

function numberOf(numbers: Map<SharedAcl, number>, acl: SharedAcl): number {
  const known = numbers.get(acl);
  if (known !== undefined) return known;
  numbers.set(acl, numbers.size);
  return numbers.size - 1;
}
