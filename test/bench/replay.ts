import { type StoredEntry, type StoredFiles, recover } from "../../core/server/service/recovery.ts";
import { newTree } from "../../core/tree/data-tree.ts";
import { treeImage } from "../../core/tree/snapshot.ts";
import type { Txn } from "../../core/tree/txn.ts";
import { ZERO_ZXID, zxid } from "../../core/zxid.ts";
import { Random } from "../../sim/kernel/prng.ts";
import { interleave, type Variant } from "./measure.ts";
import { type BenchOptions, type Goal, ratesOf, type Row } from "./row.ts";

import {
  createTxn,
  DATA,
  directoryPath,
  headerOf,
  LEAVES,
  leafPath,
  NODES_PER_DIRECTORY,
} from "./wide-tree.ts";

/** Recovery from the snapshot of an empty tree and a log: one half creates, the other sets data that is there. */

const SHORT = 1000;
const LONG = 1_000_000;

/** What memory and its collector cost where a million transactions and their tree are in it. */
const GOAL: Goal = { least: 0.1 };

/** A long log takes seconds. */
const MOST_ROUNDS = 3;
const WARM_UP_SECONDS = 0.5;

export function replayRows({ rounds, progress }: BenchOptions): Row[] {
  progress("replay: writing logs");
  const variants = [variant(SHORT, 100), variant(LONG, 1)];
  const outcomes = interleave(
    variants,
    Math.min(rounds, MOST_ROUNDS),
    (text) => progress(`replay: ${text}`),
    WARM_UP_SECONDS,
  );
  const [short, long] = variants.map(({ name }) => ({
    name,
    unit: "txns/s",
    figures: ratesOf(outcomes, name, "txns"),
  })) as [Row, Row];
  return [
    short,
    { ...long, against: { name: `${SHORT} txns`, figures: short.figures }, goal: GOAL },
  ];
}

function variant(txns: number, times: number): Variant {
  const files = diskWith(txns);
  return {
    name: `replay of ${txns >= 1e6 ? `${txns / 1e6} M` : txns} txns`,
    run: () => {
      for (let i = 0; i < times; i++) {
        const recovery = recover(files, { extendedTypes: false });
        if (recovery.kind === "refused" || recovery.replayed !== txns) {
          throw new Error(`a log of ${txns} was not replayed`);
        }
      }
      return { txns: txns * times };
    },
  };
}

function diskWith(txns: number): StoredFiles {
  const entries: StoredEntry[] = [];
  const write = (txn: Txn): void => {
    const entry = { header: headerOf(entries.length + 1), txn };
    entries.push({ kind: "entry", entry });
  };
  const random = Random.fromSeed(1);
  for (let i = 0; i < txns / 2; i++) {
    const d = Math.floor(i / NODES_PER_DIRECTORY);
    const n = i % NODES_PER_DIRECTORY;
    write(createTxn(n === 0 ? directoryPath(d) : leafPath(d, n - 1)));
    const path =
      d === 0 ? directoryPath(0) : leafPath(random.int(0, d - 1), random.int(0, LEAVES - 1));
    write({ kind: "setData", path, data: DATA, version: 1 });
  }
  const tree = treeImage(newTree({ extendedTypes: false }));
  return {
    snapshots: [{ zxid: ZERO_ZXID, content: { zxid: ZERO_ZXID, sessions: [], tree } }],
    logs: [{ firstZxid: zxid(1), entries }],
  };
}
