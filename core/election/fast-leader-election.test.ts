import { describe, expect, test } from "vitest";
import {
  Bench,
  type BenchSpec,
  notification,
  type Saying,
} from "../../test/support/server-bench.ts";
import { epoch, NOTHING, serverId } from "../ids.ts";
import { RULES } from "../server/bugs.ts";
import { makeZxid, type Zxid } from "../zxid.ts";

/** Server 3 of the voters 1 to 5, on its first election, with a connection to everybody. */
function looking(spec: BenchSpec = {}): Bench {
  return new Bench(spec).bootConnected();
}

/** As `looking`, and its own first vote has come back. */
function counted(spec: BenchSpec = {}): Bench {
  const b = looking(spec);
  b.loopBack();
  b.forget();
  return b;
}

function proposal(b: Bench): number {
  return b.peer.election.proposal.leader;
}

const LATER = { zxid: makeZxid(2, 7), epoch: 2 };

describe("the initial vote (FastLeaderElection.lookForLeader)", () => {
  test("a participant votes for itself, with its last zxid in memory and its currentEpoch", () => {
    const disk = { lastZxid: makeZxid(3, 9), currentEpoch: epoch(4), acceptedEpoch: epoch(5) };
    const b = new Bench({ disk }).boot();

    expect(b.did("loopback")).toEqual(["to self: LOOKING 3, round 1, zxid 0x300000009, epoch 4"]);
  });

  test("an observer votes for nobody, has nothing, and does not write to itself", () => {
    const disk = { lastZxid: makeZxid(3, 9), currentEpoch: epoch(4) };
    const b = new Bench({ id: 6, observers: 1, disk }).boot();

    expect(b.peer.election.proposal).toEqual({
      leader: NOTHING,
      zxid: NOTHING,
      peerEpoch: NOTHING,
    });
    expect(b.did("dial", "loopback")).toEqual(
      [1, 2, 3, 4, 5].map((to) => `dial ${to} election within 5000 ms`),
    );
  });
});

describe("telling the others", () => {
  test("notifications go to every voter and to itself, ascending, and to no observer", () => {
    const b = looking({ observers: 1 });
    b.hears(5, { votes: 5 });

    const vote = "LOOKING 5, round 1, zxid 0x0, epoch 0";
    expect(b.did("send", "loopback")).toEqual(
      ["to 1", "to 2", "to self", "to 4", "to 5"].map((to) => `${to}: ${vote}`),
    );
  });

  test.each<[string, Saying]>([
    ["a later epoch", { votes: 1, epoch: 1 }],
    ["a greater zxid", { votes: 1, zxid: 1 }],
    ["a larger id", { votes: 4 }],
  ])("a vote with %s is adopted and told to all", (_, vote) => {
    const b = looking();
    b.hears(2, vote);

    expect(proposal(b)).toBe(vote.votes);
    expect(b.did("send", "loopback")).toHaveLength(5);
  });

  test.each<[string, Saying]>([
    ["an earlier epoch", { votes: 5, epoch: 1, zxid: 99 }],
    ["a smaller zxid", { votes: 5, epoch: 2, zxid: 1 }],
    ["a smaller id", { votes: 2, epoch: 2, zxid: 5 }],
  ])("a vote with %s is neither adopted nor answered", (_, vote) => {
    const b = looking({ disk: { lastZxid: 5 as Zxid, currentEpoch: epoch(2) } });
    b.hears(2, vote);

    expect(proposal(b)).toBe(3);
    expect(b.did("send", "loopback")).toEqual([]);
  });
});

describe("rounds", () => {
  test("a later round is taken over, what was counted is forgotten, and all are told", () => {
    const b = counted();
    b.hears(2, { votes: 3 });
    b.hears(4, { votes: 4, round: 6 });

    expect(b.peer.election.round).toBe(6);
    expect([...b.peer.election.recvset.keys()]).toEqual([4]);
    expect(b.did("send", "loopback")).toHaveLength(5);
  });

  test("the vote of a later round is compared with the initial vote, not with the proposal", () => {
    const b = counted();
    b.hears(2, { votes: 5 });
    expect(proposal(b)).toBe(5);
    b.hears(1, { votes: 4, round: 2 });

    expect(proposal(b)).toBe(4);
  });

  test("a later round with a worse vote brings the server back to its initial vote", () => {
    const b = counted();
    b.hears(2, { votes: 5 });
    b.hears(1, { votes: 1, round: 2 });

    expect(proposal(b)).toBe(3);
    expect(b.did("loopback").at(-1)).toBe("to self: LOOKING 3, round 2, zxid 0x0, epoch 0");
  });

  test("a vote of an earlier round is answered with the proposal and not counted", () => {
    const b = counted();
    b.hears(4, { votes: 4, round: 2 });
    b.forget();
    b.hears(5, { votes: 5, round: 1 });

    expect(b.did("send", "loopback")).toEqual(["to 5: LOOKING 4, round 2, zxid 0x0, epoch 0"]);
    expect([...b.peer.election.recvset.keys()]).toEqual([4]);
  });
});

describe("the decision by votes", () => {
  test("the own vote counts only when it comes back through the loopback", () => {
    const b = looking();
    b.hears(1, { votes: 3 });
    b.hears(2, { votes: 3 });
    b.advance(199);
    expect(b.observed("quorumAgrees")).toEqual([]);

    b.loopBack();
    expect(b.observed("quorumAgrees")).toMatchObject([{ leader: 3, supporters: [1, 2, 3] }]);
  });

  test("a quorum decides after 200 ms of quiet, not before", () => {
    const b = counted();
    b.hears(1, { votes: 3 });
    b.hears(2, { votes: 3 });
    b.advance(199);
    expect(b.peer.state).toBe("LOOKING");
    b.advance(1);

    expect(b.peer.state).toBe("LEADING");
    expect(b.observed("elected")).toMatchObject([{ leader: 3, round: 1, how: "votes" }]);
  });

  test("the one voted for leads, the others follow it, an observer observes it", () => {
    const states = [4, 2, 6].map((id) => {
      const b = looking({ id, observers: 1 });
      for (const voter of [1, 3, 5]) b.hears(voter, { votes: 4 });
      b.loopBack();
      b.advance(200);
      return b.peer.state;
    });

    expect(states).toEqual(["LEADING", "FOLLOWING", "OBSERVING"]);
  });

  test("votes for the same leader that differ in the zxid are not one quorum", () => {
    const b = counted();
    b.hears(1, { votes: 5, zxid: 9 });
    b.loopBack();
    b.hears(2, { votes: 5, zxid: 8 });
    b.hears(4, { votes: 5, zxid: 8 });
    b.advance(199);

    expect(b.observed("quorumAgrees")).toEqual([]);
  });

  test("every notification that is not better is dropped, and 200 ms begin afresh", () => {
    const b = counted();
    b.hears(1, { votes: 3 });
    b.hears(2, { votes: 3 });
    b.advance(150);
    b.hears(4, { votes: 1, round: 9 });
    b.advance(150);
    b.hears(4, { votes: 1, state: "LEADING" });
    b.advance(199);
    expect(b.peer.state).toBe("LOOKING");
    expect(b.peer.election.round).toBe(1);
    expect(b.peer.election.outOfElection.size).toBe(0);
    b.advance(1);

    expect(b.observed("elected")).toMatchObject([{ leader: 3, round: 1, tookMs: 500 }]);
  });

  test("a better vote reopens the election and is adopted", () => {
    const b = counted();
    b.hears(1, { votes: 3 });
    b.hears(2, { votes: 3 });
    b.advance(199);
    b.hears(4, { votes: 4 });
    expect(b.observed("finalizeInterrupted")).toMatchObject([{ from: 4, leader: 4 }]);
    b.advance(199);

    expect(b.peer.state).toBe("LOOKING");
    expect(proposal(b)).toBe(4);
  });

  test("a better vote goes to the tail, behind what waits already", () => {
    const b = counted();
    b.hears(1, { votes: 3 });
    b.hears(2, { votes: 3 });
    // Two at once: only a server that was busy finds more than one in its queue.
    for (const sid of [4, 5].map(serverId)) {
      b.peer.election.queue.push({ from: sid, notification: notification({ votes: sid }) });
    }
    b.hears(1, { votes: 1 });

    expect(b.observed("voteChanged").map(({ from, vote }) => [from, vote.leader])).toEqual([
      [5, 5],
    ]);
    expect([...b.peer.election.recvset].map(([sid, vote]) => [sid, vote.leader])).toEqual([
      [3, 3],
      [1, 1],
      [2, 3],
      [5, 5],
      [4, 4],
    ]);
  });

  test("an answer of an ensemble with a later epoch is better, and is handled as an answer", () => {
    const b = counted();
    b.hears(1, { votes: 3 });
    b.hears(2, { votes: 3 });
    b.hears(4, { votes: 1, state: "FOLLOWING", epoch: 1 });

    expect(b.peer.election.outOfElection.get(serverId(4))).toMatchObject({ leader: 1 });
  });
});

describe("whose votes and for whom", () => {
  test("a vote for a non-voter is ignored", () => {
    const b = looking({ observers: 1 });
    b.hears(1, { votes: 6, round: 5 });

    expect(b.peer.election.round).toBe(1);
    expect(b.peer.election.recvset.size).toBe(0);
  });

  test.each([
    ["the sender's", {}, { votes: 5, zxid: -1 }],
    ["its own", { disk: { lastZxid: -1 as Zxid } }, { votes: 5 }],
  ])("a zxid of −1, %s, keeps votes from being looked at", (_, spec, vote) => {
    const b = looking(spec);
    b.hears(1, { ...vote, round: 4 });

    expect(b.peer.election.round).toBe(1);
    expect(proposal(b)).toBe(3);
  });

  test("an observer with the marker listens to votes: it has nothing to mistrust", () => {
    const b = looking({ id: 6, observers: 1, disk: { lastZxid: -1 as Zxid } });
    b.hears(1, { votes: 5 });

    expect(proposal(b)).toBe(5);
  });

  test("a server of weight 0 never wins, however good its vote", () => {
    const ids = [1, 2, 3, 4, 5].map(serverId);
    const b = looking({
      verifier: {
        kind: "hierarchical",
        voters: ids,
        groups: [{ id: 1, members: ids }],
        weights: ids.map((id) => [id, id === 5 ? 0 : 1] as const),
      },
    });
    b.hears(5, { votes: 5, ...LATER });
    expect(proposal(b)).toBe(3);
    b.hears(5, { votes: 5, round: 3, ...LATER });

    expect(proposal(b)).toBe(3);
    expect(b.peer.election.round).toBe(3);
  });
});

describe("waiting (FastLeaderElection.lookForLeader)", () => {
  test("the wait doubles up to the maximum", () => {
    const b = looking({ maxNotificationMs: 1000 });
    b.advance(200 + 400 + 800 + 1000 + 1000);

    expect(b.observed("pollTimedOut").map((o) => o.nextWaitMs)).toEqual([
      400, 800, 1000, 1000, 1000,
    ]);
  });

  test("a message restarts the wait, at its present length", () => {
    const b = looking();
    b.advance(200 + 399);
    b.hears(1, { votes: 1 });
    expect(b.due("poll")).toBe(599 + 400);
    b.advance(400);

    expect(b.observed("pollTimedOut").map((o) => o.nextWaitMs)).toEqual([400, 800]);
  });

  test("not even an adopted vote or a later round shortens the wait", () => {
    const b = looking();
    b.advance(200 + 400);
    b.hears(5, { votes: 5, round: 2 });

    expect(b.due("poll")).toBe(600 + 800);
  });

  test("votes are sent again if any queue is empty, though others are full", () => {
    const b = new Bench().boot();
    b.meet(5);
    b.forget();
    b.advance(200);

    expect(b.observed("pollTimedOut")).toMatchObject([{ action: "resent" }]);
    expect(b.did("send", "loopback")).toEqual(
      ["to self", "to 5"].map((to) => `${to}: LOOKING 3, round 1, zxid 0x0, epoch 0`),
    );
  });

  test("with all queues full nothing is sent, and those without a connection are dialled", () => {
    const b = new Bench().boot();
    for (const { connection } of b.port.effects.filter((effect) => effect.kind === "dial")) {
      b.step({ kind: "dialFailed", connection, reason: "refused" });
    }
    b.forget();
    b.advance(200);

    expect(b.observed("pollTimedOut")).toMatchObject([{ action: "redialled" }]);
    expect(b.did()).toEqual([1, 2, 4, 5].map((to) => `dial ${to} election within 5000 ms`));
  });

  test("the next election begins with the shortest wait again", () => {
    const b = counted({ voters: 3, id: 2 });
    b.advance(200 + 400 + 800);
    b.hears(3, { votes: 3 });
    b.loopBack();
    b.advance(200);
    b.step({ kind: "connected", connection: b.dialled });
    b.step({ kind: "closed", connection: b.dialled });

    expect(b.peer.election.round).toBe(2);
    expect(b.due("poll")).toBe(b.port.nowMs + 200);
  });

  test("without finalizeWait a quorum decides at once", () => {
    const b = counted({ rules: { ...RULES, finalizeWaitMs: 0 } });
    b.hears(1, { votes: 3 });
    b.hears(2, { votes: 3 });

    expect(b.peer.state).toBe("LEADING");
  });
});
