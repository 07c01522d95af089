import type { QuorumVerifier } from "../../core/quorum/verifier.ts";
import type { ServerView, World } from "../../sim/world.ts";
import type { StepRef } from "../format/step-ref.ts";
import { ClientLog, type LoggedRequest } from "../service/client-log.ts";
import { type ServerData, serverDataOf, type SyncLog } from "../service/server-data.ts";
import {
  type ClientView,
  clientViewsOf,
  type StandaloneView,
  standaloneViewOf,
} from "../service/views.ts";

/** The ensemble at one moment: all that predicates look at, before the world goes on. */
export interface Situation {
  readonly servers: readonly ServerView[];
  /** Whether both directions between two servers, or a client and a server, deliver. */
  readonly connected: (a: number, b: number) => boolean;
  readonly verifier: QuorumVerifier;
  readonly standalone?: StandaloneView | undefined;
  readonly clients?: readonly ClientView[];
  /** What each server of an ensemble holds. */
  readonly data?: readonly ServerData[];
  /** The last request that a step made; undefined while it has made none. */
  readonly requestOf?: (step: StepRef) => LoggedRequest | undefined;
}

/**
 * @param log what clients asked for and were told; of a run, its own.
 * @param syncs how servers were brought up to date; of a run, its own.
 */
export function situationOf(
  world: World,
  log: ClientLog = new ClientLog(),
  requestOf?: Situation["requestOf"],
  syncs?: SyncLog,
): Situation {
  const { network, processes, standalone, clients } = world;
  // Nodes come in this order.
  const all = [...processes, ...(standalone === undefined ? [] : [standalone]), ...clients];
  const nodeOf = (id: number): number => all.findIndex((process) => process.id === id);
  let data: readonly ServerData[] | undefined;
  let views: readonly ClientView[] | undefined;
  const dataOf = (): readonly ServerData[] =>
    (data ??= processes.map((process) => serverDataOf(process, syncs?.of(process.id))));
  const delivers = (from: number, to: number): boolean =>
    !network.isCut(from, to) && !network.isClogged(from, to);
  return {
    servers: world.views(),
    connected: (a, b) => {
      const [from, to] = [nodeOf(a), nodeOf(b)];
      return delivers(from, to) && delivers(to, from);
    },
    verifier: processes[0]?.config.verifier ?? { kind: "majority", voters: [] },
    ...(standalone === undefined ? {} : { standalone: standaloneViewOf(world) }),
    // Few predicates ask for these.
    get clients() {
      return (views ??= clientViewsOf(world, log, dataOf()));
    },
    get data() {
      return dataOf();
    },
    ...(requestOf === undefined ? {} : { requestOf }),
  };
}

/**
 * The server that leads and broadcasts: a quorum has acknowledged its epoch and its history. Of the latest epoch, if
 * several believe that they do.
 */
export function leaderOf(situation: Situation): ServerView | undefined {
  let leader: ServerView | undefined;
  for (const server of situation.servers) {
    const leads = server.state === "LEADING" && server.phase === "broadcast";
    if (leads && (server.leaderEpoch ?? 0) > (leader?.leaderEpoch ?? -1)) leader = server;
  }
  return leader;
}
