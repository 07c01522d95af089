import type { ServerId } from "../ids.ts";
import { isVoter } from "../quorum/verifier.ts";
import type { Context, Peer } from "../server/peer.ts";
import { toSend } from "./connection-manager.ts";
import { type Notification, NOTIFICATION_VERSION } from "./messages.ts";
import type { Candidate, ServerState } from "./vote.ts";

/**
 * What happens to a notification before an election sees it (FastLeaderElection.Messenger.WorkerReceiver). It runs
 * in every state, which is how servers that are settled answer those that look.
 *
 * @returns true when the notification is for a running election and waits in its queue now.
 */
export function receive(ctx: Context, peer: Peer, from: ServerId, message: Notification): boolean {
  const election = peer.election;
  if (!isVoter(ctx.config.verifier, from)) {
    // An observer or a stranger is answered at once with the current vote, which is not the proposal.
    reply(ctx, peer, from, peer.currentVote, election.round);
    return false;
  }
  if (peer.state === "LOOKING") {
    election.queue.push({ from, notification: message });
    if (message.state === "LOOKING" && message.electionEpoch < election.round) {
      reply(ctx, peer, from, election.proposal, election.round);
    }
    return true;
  }
  if (message.state === "LOOKING") {
    reply(ctx, peer, from, peer.currentVote, peer.currentVote.round);
  }
  return false;
}

/** A notification of this server's, as it goes to one other. */
export function notification(
  ctx: Context,
  state: ServerState,
  vote: Candidate,
  round: Notification["electionEpoch"],
): Notification {
  return {
    kind: "Notification",
    state,
    leader: vote.leader,
    zxid: vote.zxid,
    electionEpoch: round,
    peerEpoch: vote.peerEpoch,
    version: NOTIFICATION_VERSION,
    config: ctx.config.configText,
  };
}

function reply(
  ctx: Context,
  peer: Peer,
  to: ServerId,
  vote: Candidate,
  round: Notification["electionEpoch"],
): void {
  toSend(ctx, peer, to, notification(ctx, peer.state, vote, round));
}
