import { sessionId } from "../../core/ids.ts";
import type { SyncMode } from "../../core/server/observations.ts";
import { childrenOf, dataOf, statOf } from "../../core/tree/data-tree.ts";
import { treeDigest } from "../../core/tree/digest.ts";
import { textOf } from "../../core/tree/text-bytes.ts";
import type { DataTree } from "../../core/tree/tree-state.ts";
import type { Zxid } from "../../core/zxid.ts";
import type { PeerProcess } from "../../sim/process/peer-process.ts";
import { lastZxidOf } from "../../sim/disk/stored-files.ts";
import type { World } from "../../sim/world.ts";
import type { NodeView } from "./views.ts";

/** What one server of an ensemble holds, for predicates. */
export interface ServerData {
  readonly id: number;
  /** It runs, stands not still, and serves clients. */
  readonly isServing: boolean;
  readonly node: (path: string) => NodeView | undefined;
  readonly knowsSession: (session: bigint) => boolean;
  /** Alike for equal trees; undefined while the process is down. */
  readonly tree: () => string | undefined;
  /** The last transaction on its disk, committed or not. */
  readonly logged: () => Zxid;
  /** How it was brought up to date the last time. */
  readonly sync: Sync | undefined;
}

/** How a leader brought a learner up to date. */
export interface Sync {
  readonly kind: SyncMode;
  /** How many transactions it sent for that, beside a snapshot. */
  readonly transactions: number;
}

/** Remembers how the servers of a run were brought up to date. */
export class SyncLog {
  readonly #last = new Map<number, Sync>();

  constructor(world: World) {
    const before = world.onObservation;
    world.onObservation = (node, observation) => {
      before?.(node, observation);
      if (observation.kind !== "learnerSynced") return;
      const { learner, mode, proposals } = observation;
      this.#last.set(learner, { kind: mode, transactions: proposals });
    };
  }

  of(server: number): Sync | undefined {
    return this.#last.get(server);
  }
}

export function serverDataOf(process: PeerProcess, sync: Sync | undefined): ServerData {
  const { peer } = process;
  const database = peer?.database;
  return {
    id: process.id,
    isServing: peer?.service.isRunning === true && process.state === "up",
    node: (path) => (database === undefined ? undefined : nodeIn(database.tree, path)),
    knowsSession: (session) => database?.sessions.has(sessionId(session)) === true,
    tree: () => (database === undefined ? undefined : contentOf(database)),
    logged: () => lastZxidOf(process.disk.durableFiles),
    sync,
  };
}

export function nodeIn(tree: DataTree, path: string): NodeView | undefined {
  const stat = statOf(tree, path);
  if (stat === undefined) return undefined;
  const data = dataOf(tree, path) ?? null;
  return {
    data: data === null ? null : textOf(data),
    stat,
    children: childrenOf(tree, path) ?? [],
  };
}

function contentOf({ tree, sessions }: NonNullable<PeerProcess["peer"]>["database"]): string {
  const known = [...sessions].map(([id, timeout]) => `${id}:${timeout}`).sort(byText);
  return `${treeDigest(tree)} ${known.join()}`;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
