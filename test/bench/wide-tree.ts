import { OPEN_ACL } from "../../core/client/ops.ts";
import { NO_SESSION } from "../../core/ids.ts";
import { applyTxn, newTree } from "../../core/tree/data-tree.ts";
import type { DataTree } from "../../core/tree/tree-state.ts";
import type { Txn, TxnHeader } from "../../core/tree/txn.ts";
import { newWatches, type Watches } from "../../core/tree/watches.ts";
import { zxid } from "../../core/zxid.ts";
import { Random } from "../../sim/kernel/prng.ts";

/**
 * Trees of any size and always the same shape: directories `/d0`, `/d1`, … with nine leaves each, so that whatever
 * looks at one node, or at one directory, has the same to do in all of them.
 */

export const LEAVES = 9;
export const NODES_PER_DIRECTORY = LEAVES + 1;

/** So much data every node has. */
export const DATA = Uint8Array.from({ length: 16 }, (_, i) => i);

/** So many paths are enough to come by every part of a large tree, and too many for the processor's caches. */
const PICKED = 100_000;

const TIME_MS = 1_767_225_600_000;
const NOBODY_WATCHES = newWatches();

/** A tree that has so many nodes besides its built-in ones: a multiple of ten. */
export function wideTree(nodes: number): DataTree {
  const tree = newTree({ extendedTypes: true });
  fill(tree, nodes);
  return tree;
}

export function fill(tree: DataTree, nodes: number): void {
  for (let d = 0; d < nodes / NODES_PER_DIRECTORY; d++) {
    applyNext(tree, createTxn(directoryPath(d)));
    for (let n = 0; n < LEAVES; n++) applyNext(tree, createTxn(leafPath(d, n)));
  }
}

/** Applies a transaction under the next zxid. */
export function applyNext(
  tree: DataTree,
  txn: Txn,
  session = NO_SESSION,
  watches: Watches = NOBODY_WATCHES,
  sink: () => void = ignore,
): void {
  applyTxn(tree, watches, headerOf(tree.lastProcessedZxid + 1, session), txn, sink);
}

export function headerOf(counter: number, sessionId = NO_SESSION): TxnHeader {
  return { sessionId, cxid: 0, zxid: zxid(counter), time: TIME_MS };
}

export function createTxn(path: string, data: Uint8Array | null = DATA): Txn & { kind: "create" } {
  return { kind: "create", path, data, acl: OPEN_ACL, ephemeral: false, parentCversion: -1 };
}

export function directoryPath(d: number): string {
  return `/d${d}`;
}

export function leafPath(d: number, n: number): string {
  return `/d${d}/n${n}`;
}

/** An endless round through paths of a tree of so many nodes, picked at random beforehand. */
export class Picks {
  readonly #paths: readonly string[];
  #next = 0;

  constructor(what: "leaves" | "directories", nodes: number) {
    const random = Random.fromSeed(1);
    const directories = nodes / NODES_PER_DIRECTORY;
    this.#paths = Array.from({ length: PICKED }, () => {
      const d = random.int(0, directories - 1);
      return what === "leaves" ? leafPath(d, random.int(0, LEAVES - 1)) : directoryPath(d);
    });
  }

  next(): string {
    if (this.#next === this.#paths.length) this.#next = 0;
    return this.#paths[this.#next++] as string;
  }
}

function ignore(): void {}
