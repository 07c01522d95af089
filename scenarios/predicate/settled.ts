import { isQuorum } from "../../core/quorum/verifier.ts";
import type { ClientView, StandaloneView } from "../service/views.ts";
import { leaderOf, type Situation } from "./situation.ts";

/**
 * What keeps the ensemble from being settled; undefined when it is: one server leads, a quorum follows it and has
 * its history, and so does everybody who runs and can reach it; and no client that can reach one of them waits.
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
  if (!isQuorum(situation.verifier, quorum)) {
    return `only ${followers.join(", ")} of the voters follow ${leader.id}, which is no quorum`;
  }
  return unsettledAmong(clients, followers, situation);
}

/** Clients that can reach somebody who follows the leader wait for nothing; the others are not asked. */
function unsettledAmong(
  clients: readonly ClientView[],
  followers: readonly number[],
  { connected }: Situation,
): string | undefined {
  for (const client of clients) {
    const reaches = client.servers.some((id) => followers.includes(id) && connected(client.id, id));
    const problem = client.process === "paused" || reaches ? unsettledClient(client) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** What keeps a standalone server and its clients from being settled; undefined when nothing does. */
function unsettledService(
  server: StandaloneView,
  clients: readonly ClientView[],
): string | undefined {
  if (!server.isServing) {
    return server.process === "up"
      ? `server ${server.id} does not serve clients yet`
      : `server ${server.id} is ${server.process}`;
  }
  for (const client of clients) {
    const problem = unsettledClient(client);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** What a client that runs waits for, if anything. */
function unsettledClient(client: ClientView): string | undefined {
  if (client.process === "down") return undefined;
  if (client.process === "paused") return `${client.name} is paused`;
  const { state } = client;
  if (state !== "CONNECTED" && state !== "CLOSED" && state !== "AUTH_FAILED") {
    return `${client.name} is ${state}`;
  }
  if (client.waiting === 0) return undefined;
  return `${client.name} waits for ${client.waiting} ${client.waiting === 1 ? "answer" : "answers"}`;
}
