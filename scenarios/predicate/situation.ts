import { isQuorum, type QuorumVerifier } from "../../core/quorum/verifier.ts";
import type { ServerView, World } from "../../sim/world.ts";
import type { StepRef } from "../format/step-ref.ts";
import { unsettledService } from "./service.ts";
import { ClientLog, type LoggedRequest } from "../service/client-log.ts";
import {
  type ClientView,
  clientViewsOf,
  type StandaloneView,
  standaloneViewOf,
} from "../service/views.ts";

/** The ensemble at one moment: all that predicates look at. */
export interface Situation {
  readonly servers: readonly ServerView[];
  /** Whether both directions between two servers deliver. */
  readonly connected: (a: number, b: number) => boolean;
  readonly verifier: QuorumVerifier;
  readonly standalone?: StandaloneView | undefined;
  readonly clients?: readonly ClientView[];
  /** The last request that a step made; undefined while it has made none. */
  readonly requestOf?: (step: StepRef) => LoggedRequest | undefined;
}

/** @param log what clients asked for and were told; of a run, its own. */
export function situationOf(
  world: World,
  log: ClientLog = new ClientLog(),
  requestOf?: Situation["requestOf"],
): Situation {
  const { network, processes } = world;
  const nodeOf = (id: number): number => processes.findIndex((process) => process.id === id);
  const delivers = (from: number, to: number): boolean =>
    !network.isCut(from, to) && !network.isClogged(from, to);
  return {
    servers: world.views(),
    connected: (a, b) => {
      const [from, to] = [nodeOf(a), nodeOf(b)];
      return delivers(from, to) && delivers(to, from);
    },
    verifier: processes[0]?.config.verifier ?? { kind: "majority", voters: [] },
    ...(world.standalone === undefined
      ? {}
      : { standalone: standaloneViewOf(world), clients: clientViewsOf(world, log) }),
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

/**
 * What keeps the ensemble from being settled; undefined when it is: one server leads, a quorum follows it and has
 * its history, and so does everybody who runs and can reach it.
 */
export function unsettled(situation: Situation): string | undefined {
  const { standalone, clients = [] } = situation;
  if (standalone !== undefined) return unsettledService(standalone, clients);
  const leader = leaderOf(situation);
  if (leader === undefined) return "no server leads with a quorum behind it";
  if (leader.process !== "up") return `the leader ${leader.id} is ${leader.process}`;
  const followers: number[] = [];
  for (const server of situation.servers) {
    if (server.id !== leader.id) {
      if (server.process !== "up" || !situation.connected(server.id, leader.id)) continue;
      if (server.follows !== leader.id || server.leaderEpoch !== leader.leaderEpoch) {
        return `${server.id} runs and can reach the leader ${leader.id}, but does not follow it (it is ${server.state})`;
      }
      if (server.phase !== "broadcast") {
        return `${server.id} follows ${leader.id}, but is still being brought up to date`;
      }
    }
    followers.push(server.id);
  }
  const quorum = situation.verifier.voters.filter((id) => followers.includes(id));
  if (isQuorum(situation.verifier, quorum)) return undefined;
  return `only ${followers.join(", ")} of the voters follow ${leader.id}, which is no quorum`;
}
