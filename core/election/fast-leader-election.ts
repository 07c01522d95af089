import { epoch, NOBODY, NOTHING, round, type Round, type ServerId } from "../ids.ts";
import { isQuorum, isVoter, weightOf } from "../quorum/verifier.ts";
import type { Context, Peer } from "../server/peer.ts";
import { NO_ZXID, ZERO_ZXID } from "../zxid.ts";
import { connectAll, haveDelivered, toSend } from "./connection-manager.ts";
import type { Notification } from "./messages.ts";
import type { Election, Received } from "./state.ts";
import { agrees, type Candidate, decidingField, type ServerState, type Vote } from "./vote.ts";
import { notification } from "./worker-receiver.ts";

/**
 * Fast leader election (FastLeaderElection.lookForLeader): servers tell one another their votes, change to better
 * ones, and end when a quorum votes alike and nothing better comes for a while; or join a leader that a quorum
 * follows already.
 *
 * In ZooKeeper this is a loop that polls a queue. Here the poll is a timer, and `pump` does what the loop does with
 * all that waits. Each function gives true once the election is over: `peer.state` and `peer.currentVote` then
 * hold its result.
 */

export function newElection(): Election {
  return {
    round: round(0),
    proposal: { leader: NOBODY, zxid: ZERO_ZXID, peerEpoch: epoch(0) },
    recvset: new Map(),
    outOfElection: new Map(),
    queue: [],
    waiting: "idle",
    supporters: [],
    pollMs: 0,
    startedAtMs: 0,
  };
}

/** Begins an election. Notifications that came since the server turned LOOKING wait in the queue. */
export function lookForLeader(ctx: Context, peer: Peer): boolean {
  const election = peer.election;
  election.round = round(election.round + 1);
  election.recvset = new Map();
  election.outOfElection = new Map();
  election.proposal = initialVote(ctx, peer);
  election.waiting = "notification";
  election.pollMs = ctx.config.minNotificationMs;
  election.startedAtMs = ctx.port.now();
  ctx.port.observe({
    kind: "looking",
    round: election.round,
    zxid: election.proposal.zxid,
    peerEpoch: election.proposal.peerEpoch,
  });
  sendNotifications(ctx, peer);
  return pump(ctx, peer);
}

/** Looks at every notification that waits, then waits for more. */
export function pump(ctx: Context, peer: Peer): boolean {
  const election = peer.election;
  if (election.waiting === "idle") return false;
  for (let next = election.queue.shift(); next !== undefined; next = election.queue.shift()) {
    if (election.waiting === "finalize") {
      finalizing(ctx, election, next);
    } else if (consider(ctx, peer, next)) {
      return true;
    }
  }
  if (election.waiting === "finalize") {
    if (ctx.rules.finalizeWaitMs === 0) return finishByVotes(ctx, peer);
    ctx.port.setTimer("poll", 0, ctx.rules.finalizeWaitMs);
  } else {
    ctx.port.setTimer("poll", 0, election.pollMs);
  }
  return false;
}

/** Nothing came while the election waited. */
export function pollTimedOut(ctx: Context, peer: Peer): boolean {
  const election = peer.election;
  if (election.waiting === "idle") return false;
  if (election.waiting === "finalize") return finishByVotes(ctx, peer);
  const delivered = haveDelivered(peer.connections);
  // The wait doubles, and no message ever shortens it again within this election.
  election.pollMs = Math.min(election.pollMs * 2, ctx.config.maxNotificationMs);
  ctx.port.observe({
    kind: "pollTimedOut",
    action: delivered ? "resent" : "redialled",
    nextWaitMs: election.pollMs,
  });
  if (delivered) sendNotifications(ctx, peer);
  else connectAll(ctx, peer);
  return pump(ctx, peer);
}

/** What the server votes for before it has heard of anybody. Observers have nothing to offer. */
export function initialVote(ctx: Context, peer: Peer): Candidate {
  const { config } = ctx;
  const votes = config.type === "PARTICIPANT";
  return {
    leader: isVoter(config.verifier, config.id) ? config.id : NOBODY,
    zxid: votes ? peer.database.tree.lastProcessedZxid : NO_ZXID,
    peerEpoch: votes ? peer.currentEpoch : epoch(NOTHING),
  };
}

function sendNotifications(ctx: Context, peer: Peer): void {
  const { proposal, round: current } = peer.election;
  for (const voter of ctx.config.verifier.voters) {
    toSend(ctx, peer, voter, notification(ctx, "LOOKING", proposal, current));
  }
}

/** Whether one vote beats another here: for a server without weight it never does (totalOrderPredicate). */
function beats(ctx: Context, vote: Candidate, other: Candidate): boolean {
  return weightOf(ctx.config.verifier, vote.leader) !== 0 && ctx.rules.isGreater(vote, other);
}

/** A notification during finalizeWait: a better vote reopens the election, everything else is dropped. */
function finalizing(ctx: Context, election: Election, received: Received): void {
  if (!beats(ctx, received.notification, election.proposal)) return;
  election.queue.push(received);
  election.waiting = "notification";
  ctx.port.observe({
    kind: "finalizeInterrupted",
    from: received.from,
    leader: received.notification.leader,
  });
}

function consider(ctx: Context, peer: Peer, received: Received): boolean {
  const { from, notification: n } = received;
  if (!isVoter(ctx.config.verifier, n.leader)) return false;
  switch (n.state) {
    case "LOOKING":
      return considerVote(ctx, peer, from, n);
    case "FOLLOWING":
    case "LEADING":
      return considerAnswer(ctx, peer, from, n);
    case "OBSERVING":
      return false;
  }
}

/** A vote of a server that looks as well. */
function considerVote(ctx: Context, peer: Peer, from: ServerId, n: Notification): boolean {
  const election = peer.election;
  // −1 marks an empty database that is not trusted (zookeeper.db.autocreate=false): it takes no part.
  if (
    n.zxid === -1 ||
    (ctx.config.type === "PARTICIPANT" && peer.database.tree.lastProcessedZxid === -1)
  ) {
    return false;
  }
  if (n.electionEpoch > election.round) {
    raiseRound(ctx, peer, from, n);
  } else if (!ctx.rules.counts(n.electionEpoch, election.round)) {
    // An earlier round: the receiver has answered it already.
    return false;
  } else if (beats(ctx, n, election.proposal)) {
    changeVote(ctx, peer, from, n, decidingField(n, election.proposal));
    sendNotifications(ctx, peer);
  }
  election.recvset.set(from, lookingVote(n, election.round));
  const supporters = supportersOf(election.recvset, lookingVote(election.proposal, election.round));
  if (isQuorum(ctx.config.verifier, supporters)) {
    election.waiting = "finalize";
    election.supporters = supporters;
    ctx.port.observe({
      kind: "quorumAgrees",
      leader: election.proposal.leader,
      round: election.round,
      supporters,
    });
  }
  return false;
}

function lookingVote({ leader, zxid, peerEpoch }: Candidate, round: Round): Vote {
  return { leader, zxid, peerEpoch, round, state: "LOOKING", version: 0 };
}

/** A later round is taken over. The vote in it is compared with the initial one, not with the current proposal. */
function raiseRound(ctx: Context, peer: Peer, from: ServerId, n: Notification): void {
  const election = peer.election;
  ctx.port.observe({ kind: "roundRaised", from, round: n.electionEpoch, before: election.round });
  election.round = n.electionEpoch;
  election.recvset.clear();
  const initial = initialVote(ctx, peer);
  changeVote(ctx, peer, from, beats(ctx, n, initial) ? n : initial, "round");
  sendNotifications(ctx, peer);
}

function changeVote(
  ctx: Context,
  peer: Peer,
  from: ServerId,
  to: Candidate,
  because: ReturnType<typeof decidingField> | "round",
): void {
  const election = peer.election;
  const before = election.proposal;
  election.proposal = { leader: to.leader, zxid: to.zxid, peerEpoch: to.peerEpoch };
  if (decidingField(before, to) === "same") return;
  ctx.port.observe({
    kind: "voteChanged",
    from,
    round: election.round,
    vote: election.proposal,
    before,
    because,
  });
}

/** An answer of a server that follows or leads (receivedFollowingNotification). */
function considerAnswer(ctx: Context, peer: Peer, from: ServerId, n: Notification): boolean {
  const election = peer.election;
  const vote: Vote = {
    leader: n.leader,
    zxid: n.zxid,
    peerEpoch: n.peerEpoch,
    round: n.electionEpoch,
    state: n.state,
    version: n.version,
  };
  if (n.electionEpoch === election.round) {
    // Kept without its version, so that among answers in here only the leader's id is compared.
    election.recvset.set(from, { ...vote, version: 0 });
    if (leads(ctx, peer, election.recvset, vote)) return true;
  }
  election.outOfElection.set(from, vote);
  return leads(ctx, peer, election.outOfElection, vote);
}

/** Joins the leader of `vote` if a quorum in `votes` names it and the leader itself is known to lead. */
function leads(ctx: Context, peer: Peer, votes: Map<ServerId, Vote>, vote: Vote): boolean {
  const supporters = supportersOf(votes, vote);
  if (!isQuorum(ctx.config.verifier, supporters)) return false;
  if (!checkLeader(ctx, peer, votes, vote.leader, vote.round)) return false;
  peer.election.round = vote.round;
  finish(ctx, peer, vote, "joined", supporters);
  return true;
}

/**
 * A leader that died must not be elected again and again, so it must have said itself that it leads; a server that
 * everybody names as leader must believe it, if its round is theirs.
 */
function checkLeader(
  ctx: Context,
  peer: Peer,
  votes: Map<ServerId, Vote>,
  leader: ServerId,
  voteRound: Round,
): boolean {
  if (leader !== ctx.config.id) return votes.get(leader)?.state === "LEADING";
  return peer.election.round === voteRound;
}

function supportersOf(votes: Map<ServerId, Vote>, vote: Vote): ServerId[] {
  const supporters: ServerId[] = [];
  for (const [sid, cast] of votes) if (agrees(vote, cast)) insert(supporters, sid);
  return supporters;
}

/** Keeps a list of ids ascending. For the few that there are, sorting takes longer. */
function insert(sids: ServerId[], sid: ServerId): void {
  let at = sids.length;
  while (at > 0 && (sids[at - 1] as ServerId) > sid) at--;
  sids.splice(at, 0, sid);
}

function finishByVotes(ctx: Context, peer: Peer): boolean {
  const { proposal, supporters } = peer.election;
  finish(ctx, peer, proposal, "votes", supporters);
  return true;
}

function finish(
  ctx: Context,
  peer: Peer,
  winner: Candidate,
  how: "votes" | "joined",
  supporters: readonly ServerId[],
): void {
  const election = peer.election;
  peer.state = stateAfter(ctx, winner.leader);
  peer.currentVote = {
    leader: winner.leader,
    zxid: winner.zxid,
    peerEpoch: winner.peerEpoch,
    round: election.round,
    state: peer.state,
    version: 0,
  };
  election.waiting = "idle";
  election.supporters = supporters;
  election.queue.length = 0;
  ctx.port.cancelTimer("poll", 0);
  ctx.port.observe({
    kind: "elected",
    state: peer.state,
    leader: winner.leader,
    zxid: winner.zxid,
    round: election.round,
    peerEpoch: winner.peerEpoch,
    how,
    supporters,
    tookMs: ctx.port.now() - election.startedAtMs,
  });
}

function stateAfter(ctx: Context, leader: ServerId): ServerState {
  if (leader === ctx.config.id) return "LEADING";
  return ctx.config.type === "OBSERVER" ? "OBSERVING" : "FOLLOWING";
}
