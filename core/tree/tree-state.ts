import type { SessionId } from "../ids.ts";
import type { Acl, Buffer } from "../wire/records.ts";
import type { Zxid } from "../zxid.ts";
import type { JavaHashSet } from "./java-hash-set.ts";

/**
 * The state of ZooKeeper's DataTree as plain data. Everything in it survives structuredClone (an ACL list and the
 * root are referred to more than once, and stay shared). Only the functions of this folder change it.
 */
export interface DataTree {
  /** By full path. The root is there twice, under "" and "/", as in ZooKeeper: it counts as two nodes. */
  readonly nodes: Map<string, ZNode>;
  /** The ephemeral nodes of each session that ever had one and is not closed (`DataTree.ephemerals`). */
  readonly ephemerals: Map<SessionId, JavaHashSet>;
  readonly containers: Set<string>;
  readonly ttls: Set<string>;
  /** The paths that have a `zookeeper_limits` (`DataTree.pTrie`). */
  readonly quotaPrefixes: Set<string>;
  /** Every distinct ACL list that a node has, once (ReferenceCountedACLCache), by its text. */
  readonly acls: Map<string, SharedAcl>;
  /** Whether owners with the high byte 0xff are TTLs (`zookeeper.extendedTypesEnabled`). */
  readonly extendedTypes: boolean;
  /** The highest zxid applied; of a multi only when all of it has been. */
  lastProcessedZxid: Zxid;
  /** The two halves of the digest of all nodes; see digest.ts. */
  digestHigh: number;
  digestLow: number;
}

/** A node (DataNode), with its persisted stat in place. */
export interface ZNode {
  /** Null is not empty: both exist. Never changed in place, only replaced. */
  data: Buffer | null;
  acl: SharedAcl;
  /** Names. Null instead of an empty set, since most nodes are leaves. */
  children: Set<string> | null;
  readonly czxid: Zxid;
  mzxid: Zxid;
  pzxid: Zxid;
  readonly ctime: number;
  mtime: number;
  version: number;
  /** Child creates only; clients see 2·cversion − children. */
  cversion: number;
  aversion: number;
  /** As stored: also the container mark and TTLs (ephemeral-type.ts). */
  readonly ephemeralOwner: SessionId;
  /** The hash of path, owner and data, which most changes leave as it is. */
  contentHigh: number;
  contentLow: number;
  /** What this node adds to the digest of the tree. */
  digestHigh: number;
  digestLow: number;
}

/** An ACL list that nodes share. */
export interface SharedAcl {
  readonly list: readonly Acl[];
  /** Its text, the key in the cache. */
  readonly key: string;
  readonly high: number;
  readonly low: number;
  /** How many nodes refer to it. */
  uses: number;
}

export interface TreeOptions {
  readonly extendedTypes: boolean;
  /** What an ensemble's server writes into `/zookeeper/config` when it loads its data. Absent when standalone. */
  readonly ensembleConfig?: EnsembleConfig;
}

export interface EnsembleConfig {
  readonly data: Buffer;
  /** When the server loaded it, ms by its clock. */
  readonly mtime: number;
}
