import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { newTree } from "../../core/tree/data-tree.ts";
import type { DataTree } from "../../core/tree/tree-state.ts";
import type { Row } from "./row.ts";
import { applyNext, createTxn, directoryPath, LEAVES, leafPath } from "./wide-tree.ts";

/** What a znode takes of the heap, with its path and its share of the tree's tables. Bytes of data are extra. */

const DIRECTORIES = 20_000;
const DATA_BYTES = 100;

export function znodeRows(): Row[] {
  return [
    row("heap of a znode without data", () => null),
    row(`heap of a znode with ${DATA_BYTES} bytes of its own`, () => new Uint8Array(DATA_BYTES)),
  ];
}

function row(name: string, data: () => Uint8Array | null): Row {
  const tree = newTree({ extendedTypes: false });
  const empty = bytesInUse();
  fillWith(tree, data);
  const figure = (bytesInUse() - empty) / (DIRECTORIES * (LEAVES + 1));
  if (tree.nodes.size < DIRECTORIES) throw new Error("the tree has gone before it was weighed");
  return { name, unit: "bytes/znode", figures: [figure] };
}

function fillWith(tree: DataTree, data: () => Uint8Array | null): void {
  for (let d = 0; d < DIRECTORIES; d++) {
    applyNext(tree, createTxn(directoryPath(d), data()));
    for (let n = 0; n < LEAVES; n++) applyNext(tree, createTxn(leafPath(d, n), data()));
  }
}

/** After a full collection, which Node has no other way to ask for in a process that was started without it. */
function bytesInUse(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
