import { OPEN_ACL, READ_ACL } from "../../core/client/ops.ts";
import { sessionId } from "../../core/ids.ts";
import { childrenOf, dataOf, statOf } from "../../core/tree/data-tree.ts";
import type { DataTree, ZNode } from "../../core/tree/tree-state.ts";
import type { SimpleTxn } from "../../core/tree/txn.ts";
import { interleave, ratioOf, type Variant } from "./measure.ts";
import { type BenchOptions, ratesOf, type Row } from "./row.ts";
import { applyNext, createTxn, DATA, Picks, wideTree } from "./wide-tree.ts";

/**
 * What transactions and reads cost in trees of many sizes. Whatever creates also deletes, so that a tree keeps its
 * size; only the last row lists something that grows with the tree. No cache holds a large tree, so a bare Map with as
 * many entries of the same shape says what memory alone makes of the curve.
 */

const SIZES = [10, 1000, 100_000, 1_000_000] as const;
const [SMALLEST] = SIZES;

const WARM_UP_SECONDS = 0.2;
const BARE_MAP = "a bare Map: get, change";
const LOOKUPS = 20_000;
/** A node is more than one object, and so is in more places of memory than a Map's entry. */
const OF_BARE_MAP = 0.5;
const SESSION = sessionId(0x100000000000001n);
const EPHEMERALS = 10;

interface Kind {
  readonly name: string;
  readonly unit: string;
  /** Does about so many of its units on a tree of so many nodes, and says how many. */
  readonly work: (tree: DataTree, picks: Both, count: number) => number;
  readonly count: number;
  /** It lists more in a larger tree, and so has no goal. */
  readonly lists?: true;
}

interface Both {
  readonly leaves: Picks;
  readonly directories: Picks;
}

const KINDS: readonly Kind[] = [
  {
    name: "create, delete",
    unit: "txns/s",
    count: 10_000,
    work: (tree, { directories }, count) =>
      pairs(tree, directories, count, (path) => createTxn(path)),
  },
  {
    name: "createTTL, delete",
    unit: "txns/s",
    count: 10_000,
    work: (tree, { directories }, count) =>
      pairs(tree, directories, count, (path) => {
        const { data, acl, parentCversion } = createTxn(path);
        return { kind: "createTTL", path, data, acl, parentCversion, ttl: 1000 };
      }),
  },
  {
    name: "createContainer, delete",
    unit: "txns/s",
    count: 10_000,
    work: (tree, { directories }, count) =>
      pairs(tree, directories, count, (path) => {
        const { data, acl, parentCversion } = createTxn(path);
        return { kind: "createContainer", path, data, acl, parentCversion };
      }),
  },
  {
    name: "setData",
    unit: "txns/s",
    count: 20_000,
    work: (tree, { leaves }, count) => {
      for (let i = 0; i < count; i++) {
        applyNext(tree, { kind: "setData", path: leaves.next(), data: DATA, version: i });
      }
      return count;
    },
  },
  {
    name: "setACL",
    unit: "txns/s",
    count: 20_000,
    work: (tree, { leaves }, count) => {
      for (let i = 0; i < count; i++) {
        const acl = i % 2 === 0 ? READ_ACL : OPEN_ACL;
        applyNext(tree, { kind: "setACL", path: leaves.next(), acl, version: i });
      }
      return count;
    },
  },
  {
    name: "multi of 5 creates, 5 deletes",
    unit: "txns/s",
    count: 1000,
    work: (tree, { directories }, count) => {
      for (let i = 0; i < count; i++) {
        const at = directories.next();
        const creates = Array.from({ length: 5 }, (_, n) => createTxn(`${at}/m${n}`));
        const deletes = creates.map(({ path }): SimpleTxn => ({ kind: "delete", path }));
        applyNext(tree, { kind: "multi", txns: [...creates, ...deletes] });
      }
      return count;
    },
  },
  {
    name: `session of ${EPHEMERALS} ephemerals`,
    unit: "sessions/s",
    count: 500,
    work: (tree, { directories }, count) => {
      for (let i = 0; i < count; i++) {
        const at = directories.next();
        const paths = Array.from({ length: EPHEMERALS }, (_, n) => `${at}/e${n}`);
        applyNext(tree, { kind: "createSession", timeOut: 10_000 }, SESSION);
        for (const path of paths) {
          applyNext(tree, { ...createTxn(path), ephemeral: true }, SESSION);
        }
        applyNext(tree, { kind: "closeSession", paths }, SESSION);
      }
      return count;
    },
  },
  {
    name: "data and stat",
    unit: "reads/s",
    count: 50_000,
    work: (tree, { leaves }, count) => {
      let found = 0;
      for (let i = 0; i < count; i++) {
        const path = leaves.next();
        if (dataOf(tree, path) !== undefined && statOf(tree, path) !== undefined) found++;
      }
      return found;
    },
  },
  {
    name: "ls of 9 children",
    unit: "lists/s",
    count: 10_000,
    work: (tree, { directories }, count) => {
      let found = 0;
      for (let i = 0; i < count; i++) {
        if (childrenOf(tree, directories.next()) !== undefined) found++;
      }
      return found;
    },
  },
  {
    name: "ls of /, a tenth of all",
    unit: "names/s",
    count: 20_000,
    lists: true,
    work: (tree, _picks, count) => {
      let names = 0;
      while (names < count) names += childrenOf(tree, "/")?.length ?? count;
      return names;
    },
  },
];

export function curveRows({ rounds, progress }: BenchOptions): Row[] {
  progress("tree: building trees");
  const variants: Variant[] = [];
  for (const size of SIZES) {
    const tree = wideTree(size);
    const picks = {
      leaves: new Picks("leaves", size),
      directories: new Picks("directories", size),
    };
    variants.push(bareMap(tree, picks.leaves, size));
    for (const { name, count, work } of KINDS) {
      const run = (): Record<string, number> => ({ done: work(tree, picks, count) });
      variants.push({ name: nameOf(name, size), run });
    }
  }
  const outcomes = interleave(
    variants,
    rounds,
    (text) => progress(`tree: ${text}`),
    WARM_UP_SECONDS,
  );
  const curve = (name: string, size: number): readonly number[] =>
    ratesOf(outcomes, nameOf(name, size), "done");
  const bare = (size: number): number =>
    ratioOf(curve(BARE_MAP, size), curve(BARE_MAP, SMALLEST)).median;
  return [{ name: BARE_MAP, unit: "lookups/s" }, ...KINDS].flatMap((kind) =>
    SIZES.map((size): Row => {
      const { name, unit } = kind;
      const row = { name: nameOf(name, size), unit, figures: curve(name, size) };
      if (size === SMALLEST) return row;
      const against = { name: `${SMALLEST} nodes`, figures: curve(name, SMALLEST) };
      const hasGoal = name !== BARE_MAP && !("lists" in kind);
      return {
        ...row,
        against,
        ...(hasGoal ? { goal: { least: OF_BARE_MAP * bare(size) } } : {}),
      };
    }),
  );
}

/** Nodes as large as the tree's, under the same paths. */
function bareMap(tree: DataTree, leaves: Picks, size: number): Variant {
  const nodes = new Map<string, ZNode>();
  for (const [path, node] of tree.nodes) nodes.set(path, { ...node });
  return {
    name: nameOf(BARE_MAP, size),
    run: () => {
      for (let i = 0; i < LOOKUPS; i++) {
        const node = nodes.get(leaves.next());
        if (node !== undefined) node.version = i;
      }
      return { done: LOOKUPS };
    },
  };
}

/** Creates a node and deletes it, again and again. */
function pairs(
  tree: DataTree,
  directories: Picks,
  count: number,
  created: (path: string) => SimpleTxn,
): number {
  for (let i = 0; i < count; i += 2) {
    const path = `${directories.next()}/c`;
    applyNext(tree, created(path));
    applyNext(tree, { kind: "delete", path });
  }
  return count;
}

function nameOf(kind: string, size: number): string {
  const nodes = size >= 1e6 ? `${size / 1e6} M` : size >= 1000 ? `${size / 1000} k` : String(size);
  return `${nodes} nodes: ${kind}`;
}
