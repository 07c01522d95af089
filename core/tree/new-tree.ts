import { NO_SESSION } from "../ids.ts";
import { ZERO_ZXID } from "../zxid.ts";
import { OPEN_ACL, READ_ACL, shareAcl } from "./acl-cache.ts";
import { contentChanged } from "./digest.ts";
import { CONFIG, nodeName, parentOf, PROC, QUOTA, ROOT } from "./path.ts";
import { countChange } from "./quota.ts";
import type { DataTree, EnsembleConfig, TreeOptions } from "./tree-state.ts";
import { addChild, newZNode, putNode } from "./znode.ts";
import type { Acl } from "../wire/records.ts";

const EMPTY = new Uint8Array(0);

/**
 * The tree of a server that has no data yet: `/`, `/zookeeper`, `/zookeeper/quota` and `/zookeeper/config`, all of
 * zxid 0 and time 0. Their children were never created, hence the negative cversions.
 */
export function newTree(options: TreeOptions): DataTree {
  const tree = bareTree(options);
  putBuiltIn(tree, "", OPEN_ACL);
  putBuiltIn(tree, PROC, OPEN_ACL);
  putBuiltIn(tree, QUOTA, OPEN_ACL);
  addConfigNode(tree);
  if (options.ensembleConfig !== undefined) setEnsembleConfig(tree, options.ensembleConfig);
  return tree;
}

/** A tree without even a root, for a snapshot to fill. */
export function bareTree(options: TreeOptions): DataTree {
  return {
    nodes: new Map(),
    ephemerals: new Map(),
    containers: new Set(),
    ttls: new Set(),
    quotaPrefixes: new Set(),
    acls: new Map(),
    extendedTypes: options.extendedTypes,
    lastProcessedZxid: ZERO_ZXID,
    digestHigh: 0,
    digestLow: 0,
  };
}

/**
 * What an ensemble's server does once it has loaded its data (`ZKDatabase.initConfigInZKDatabase`): it writes the
 * membership as version −1 with its own time, without a transaction.
 */
export function setEnsembleConfig(tree: DataTree, config: EnsembleConfig): void {
  if (!tree.nodes.has(CONFIG)) addConfigNode(tree);
  const node = tree.nodes.get(CONFIG);
  if (node === undefined) return;
  const lastLength = node.data === null ? 0 : node.data.length;
  node.data = config.data;
  node.version = -1;
  node.mzxid = ZERO_ZXID;
  node.mtime = config.mtime;
  contentChanged(tree, CONFIG, node);
  countChange(tree, CONFIG, config.data.length - lastLength, 0);
}

/** `DataTree.addConfigNode`: setACL with version −1 stores just that as the aversion. */
function addConfigNode(tree: DataTree): void {
  putBuiltIn(tree, CONFIG, READ_ACL, -1);
}

function putBuiltIn(tree: DataTree, path: string, acl: readonly Acl[], aversion = 0): void {
  const node = newZNode(EMPTY, shareAcl(tree, acl), NO_SESSION, ZERO_ZXID, 0);
  node.aversion = aversion;
  putNode(tree, path, node);
  if (path === "") tree.nodes.set(ROOT, node);
  const parent = path === "" ? undefined : tree.nodes.get(parentOf(path));
  if (parent !== undefined) addChild(parent, nodeName(path));
}
