import { expect, test } from "vitest";
import { Bench, notification, type Saying } from "../../test/support/server-bench.ts";
import { serverId } from "../ids.ts";

// What an election makes of the answers of servers that follow or lead already (FastLeaderElection.lookForLeader).

/** Server 3 of the voters 1 to 5, on its first election; its own vote has come back. */
function counted(): Bench {
  const b = new Bench().bootConnected();
  b.loopBack();
  b.forget();
  return b;
}

/** 1, 2 and 4 name 5 as their leader. */
function named(b: Bench, what: Partial<Saying> = {}): void {
  for (const sid of [1, 2, 4]) b.hears(sid, { votes: 5, state: "FOLLOWING", epoch: 1, ...what });
}
const LEADS: Saying = { votes: 5, state: "LEADING", epoch: 1 };

test("a quorum does not make a leader of one that has not said itself that it leads", () => {
  const b = counted();
  named(b);
  named(b, { round: 8 });

  expect(b.peer.state).toBe("LOOKING");
});

test("nor is a leader without a quorum joined", () => {
  const b = counted();
  b.hears(5, LEADS);
  b.hears(1, { ...LEADS, state: "FOLLOWING" });
  b.advance(199);

  expect(b.peer.state).toBe("LOOKING");
});

test("both together decide at once, and the leader counts among its supporters", () => {
  const b = counted();
  b.hears(1, { ...LEADS, state: "FOLLOWING" });
  b.hears(5, LEADS);
  b.hears(2, { ...LEADS, state: "FOLLOWING" });

  expect(b.peer.state).toBe("FOLLOWING");
  expect(b.observed("elected")).toMatchObject([
    { leader: 5, how: "joined", supporters: [1, 2, 5], tookMs: 0 },
  ]);
});

test.each([3, 9])("out of the election, joining in round %i sets the own round", (round) => {
  const b = counted();
  b.hears(1, { votes: 1, round: 4 });
  b.hears(5, { ...LEADS, round });
  named(b, { round });

  expect(b.peer.state).toBe("FOLLOWING");
  expect(b.peer.election.round).toBe(round);
  expect(b.peer.currentVote).toMatchObject({ leader: 5, round, peerEpoch: 1 });
});

test("out of the election, zxid and round may differ, the epoch may not", () => {
  const b = counted();
  b.hears(5, { ...LEADS, round: 7 });
  b.hears(1, { ...LEADS, state: "FOLLOWING", round: 8, zxid: 3 });
  b.hears(2, { ...LEADS, state: "FOLLOWING", round: 8, epoch: 2 });
  expect(b.peer.state).toBe("LOOKING");
  b.hears(4, { ...LEADS, state: "FOLLOWING", round: 9, zxid: 2 });

  expect(b.peer.state).toBe("FOLLOWING");
});

test("in the same round answers are kept with version 0, so only the leader is compared", () => {
  const b = counted();
  b.hears(5, LEADS);
  b.hears(1, { ...LEADS, state: "FOLLOWING", epoch: 2 });
  expect(b.peer.election.recvset.get(serverId(1))).toMatchObject({ version: 0, peerEpoch: 2 });
  expect(b.peer.election.outOfElection.get(serverId(1))).toMatchObject({ version: 2 });
  b.hears(2, { ...LEADS, state: "FOLLOWING", epoch: 3 });

  expect(b.observed("elected")).toMatchObject([{ how: "joined", supporters: [1, 2, 5] }]);
});

test("in the same round, votes of those that look count with equal answers", () => {
  const b = counted();
  b.hears(1, { votes: 5, epoch: 1 });
  b.loopBack();
  b.hears(5, LEADS);

  expect(b.observed("elected")).toMatchObject([{ how: "joined", supporters: [1, 3, 5] }]);
});

test("an answer of another round is not among the votes of this one", () => {
  const b = counted();
  b.hears(5, { ...LEADS, round: 2 });

  expect([...b.peer.election.recvset.keys()]).toEqual([3]);
  expect([...b.peer.election.outOfElection.keys()]).toEqual([5]);
});

test.each([
  ["leads, if its round is theirs", 1, "LEADING"],
  ["goes on looking, if its round is another", 2, "LOOKING"],
])("a server that everybody names %s", (_, round, state) => {
  const b = counted();
  named(b, { votes: 3, round });

  expect(b.peer.state).toBe(state);
});

test("what an OBSERVING server says counts for nothing", () => {
  const b = counted();
  b.hears(5, LEADS);
  named(b, { state: "OBSERVING" });

  expect(b.peer.state).toBe("LOOKING");
});

test("with the role comes an empty queue and no timer", () => {
  const b = counted();
  named(b);
  b.peer.election.queue.push(
    { from: serverId(5), notification: notification(LEADS) },
    { from: serverId(1), notification: notification({ votes: 1 }) },
  );
  b.hears(4, { votes: 4 });

  expect(b.peer.state).toBe("FOLLOWING");
  expect(b.peer.election.queue).toEqual([]);
  expect(b.due("poll")).toBeUndefined();
});
