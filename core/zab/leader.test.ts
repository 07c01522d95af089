import { describe, expect, test } from "vitest";
import { Bench } from "../../test/support/server-bench.ts";
import {
  electedLeader,
  promisedLeader,
  servingLeader,
  synchronizingLeader,
  waitingLeader,
} from "../../test/support/staged.ts";
import { historyOf, upTo } from "../../sim/disk/seeded-history.ts";
import { epoch, NOTHING, serverId } from "../ids.ts";
import { RULES } from "../server/bugs.ts";
import type { ConnectionId } from "../server/port.ts";
import { makeZxid, ZERO_ZXID, type Zxid } from "../zxid.ts";

// Server 3 of the voters 1 to 5 leads; 6 is an observer.

function answers(b: Bench, connection: ConnectionId): void {
  b.receive(connection, { kind: "PING", zxid: makeZxid(1, 0) });
}

function whyLeft(b: Bench): string[] {
  return b.observed("roleLeft").map(({ why }) => why);
}

function whyLost(b: Bench): string[] {
  return b.observed("learnerLost").map(({ learner, why }) => `${learner}: ${why}`);
}

/** Half a tick passes, and these learners answer the ping that comes then. */
function halfTick(b: Bench, ...answering: ConnectionId[]): void {
  b.advance(1000);
  for (const connection of answering) answers(b, connection);
}

describe("the quorum port", () => {
  test("it is open while the server leads, and only then", () => {
    const b = waitingLeader();
    expect([...b.port.listening]).toEqual(["election", "quorum"]);
    b.advance(20_000);

    expect(b.peer.state).toBe("LOOKING");
    expect([...b.port.listening]).toEqual(["election"]);
  });

  test("a connection that was accepted before the port closed is closed as well", () => {
    const b = waitingLeader();
    b.advance(20_000);
    b.forget();
    b.accept("quorum", 1);

    expect(b.did()).toEqual(["close 1"]);
  });

  test.each(["LEADERINFO", "PING"] as const)("%s as the first packet is refused", (kind) => {
    const b = waitingLeader();
    const connection = b.accept("quorum", 1);
    b.forget();
    b.receive(connection, { kind, zxid: ZERO_ZXID, protocolVersion: 0x10000 });

    expect(b.did()).toEqual(["close 1"]);
    expect(b.peer.leading?.handlers).toEqual([]);
    expect(b.due("read", connection)).toBeUndefined();
  });

  test.each([
    ["newer is refused", 6, ["close 1"]],
    ["equal is welcome", 5, []],
    ["older is welcome", 4, []],
  ])("a learner whose configuration is %s", (_, configVersion, effects) => {
    const b = waitingLeader({ configVersion: 5 });
    b.forget();
    b.joinedBy(1, { configVersion });

    expect(b.did("close")).toEqual(effects);
    expect(b.peer.leading?.registered).toEqual(effects.length === 0 ? [3, 1] : [3]);
  });

  test("one that has not said who it is has initLimit ticks", () => {
    const b = waitingLeader();
    b.accept("quorum", 4);
    b.advance(19_999);
    expect(b.did("close")).toEqual([]);
    b.advance(1);

    expect(b.did("close")).toContain("close 4");
  });
});

describe("a leadership begins with a snapshot (ZooKeeperServer.loadData)", () => {
  const disk = {
    lastZxid: makeZxid(2, 7),
    acceptedEpoch: epoch(2),
    currentEpoch: epoch(2),
  };

  test("of the whole log, committed or not", () => {
    expect(electedLeader({ disk }).did("snapshot")).toEqual(["snapshot 0x200000007"]);
  });

  test("before it is on disk nobody is heard, not even the leader itself", () => {
    const b = electedLeader();
    b.joinedBy(1);
    b.joinedBy(2);
    expect(b.peer.leading?.registered).toEqual([]);
    expect(b.did("write")).toEqual([]);
    b.diskDid("snapshot");

    expect(b.did("write")).toEqual(["write acceptedEpoch 1"]);
    expect(b.peer.leading?.registered).toEqual([3, 1, 2]);
  });

  test("the time to wait for followers begins when it is on disk", () => {
    const b = electedLeader();
    b.advance(15_000);
    b.diskDid("snapshot");
    b.advance(19_999);
    expect(b.peer.state).toBe("LEADING");
    b.advance(1);

    expect(whyLeft(b)).toEqual(["no quorum of followers within initLimit"]);
  });

  test("one that cannot be written ends the process", () => {
    const b = electedLeader();
    b.step({ kind: "snapshotWritten", ok: false });

    expect(b.port.exited).toBe("the snapshot could not be written");
  });
});

describe("the new epoch (Leader.getEpochToPropose)", () => {
  test("it is one above the largest accepted epoch of the quorum", () => {
    const b = waitingLeader({ disk: { acceptedEpoch: epoch(4) } });
    b.joinedBy(1, { acceptedEpoch: 2 });
    b.joinedBy(2, { acceptedEpoch: 6 });

    expect(b.did("write")).toEqual(["write acceptedEpoch 7"]);
  });

  test("a follower that has promised that very epoch to another raises it by one more", () => {
    const b = waitingLeader({ disk: { acceptedEpoch: epoch(4) } });
    b.joinedBy(1, { acceptedEpoch: 5 });
    b.joinedBy(2);

    expect(b.did("write")).toEqual(["write acceptedEpoch 6"]);
  });

  test("the leader's own accepted epoch counts", () => {
    const b = waitingLeader({ disk: { acceptedEpoch: epoch(4) } });
    b.joinedBy(1, { acceptedEpoch: 2 });
    b.joinedBy(2, { acceptedEpoch: 2 });

    expect(b.did("write")).toEqual(["write acceptedEpoch 5"]);
  });

  test("an observer raises it, but is not in the quorum", () => {
    const b = waitingLeader();
    b.joinedBy(1);
    b.joinedBy(6, { acceptedEpoch: 8, observer: true });
    expect(b.did("write")).toEqual([]);
    b.joinedBy(2);

    expect(b.did("write")).toEqual(["write acceptedEpoch 9"]);
    expect(b.peer.leading?.registered).toEqual([3, 1, 2]);
  });

  test("the leader is one of the quorum: of five, two more do, and the same one twice does not", () => {
    const b = waitingLeader();
    b.joinedBy(1);
    b.joinedBy(1);
    expect(b.did("write")).toEqual([]);
    b.joinedBy(2);

    expect(b.did("write")).toHaveLength(1);
  });

  test("a follower that was heard of counts though its connection has broken", () => {
    const b = waitingLeader();
    b.step({ kind: "closed", connection: b.joinedBy(1) });
    b.joinedBy(2);

    expect(b.did("write")).toEqual(["write acceptedEpoch 1"]);
  });

  test("it is promised on the leader's disk before anybody is told", () => {
    const b = waitingLeader();
    b.joinedBy(1);
    b.joinedBy(2);
    b.joinedBy(4);
    expect(b.did("send").filter((line) => line.includes("LEADERINFO"))).toEqual([]);
    expect(b.observed("leading")).toEqual([]);
    b.diskDid("acceptedEpoch");

    expect(b.did("send")).toEqual(
      ["to 1", "to 2", "to 4"].map((to) => `${to}: LEADERINFO 0x100000000`),
    );
    expect(b.observed("leading")).toEqual([{ kind: "leading", epoch: 1, quorum: [3, 1, 2] }]);
  });

  test("its own zxid stays that of its log", () => {
    const disk = { lastZxid: makeZxid(2, 7), acceptedEpoch: epoch(2), currentEpoch: epoch(2) };
    const { b } = promisedLeader({ disk });

    expect(b.lastZxid).toBe("0x200000007");
    expect(b.peer.currentEpoch).toBe(2);
  });

  test("a late learner gets the epoch as it is, even if its own is higher", () => {
    const { b } = promisedLeader();
    b.joinedBy(4, { acceptedEpoch: 8 });

    expect(b.did("send", "write")).toEqual(["to 4: LEADERINFO 0x100000000"]);
    expect(b.peer.acceptedEpoch).toBe(1);
  });

  test("one that comes while the promise is being written does not raise it either", () => {
    const b = waitingLeader();
    b.joinedBy(1);
    b.joinedBy(2);
    b.joinedBy(4, { acceptedEpoch: 8 });
    b.forget();
    b.diskDid("acceptedEpoch");

    expect(b.did("send")).toContain("to 4: LEADERINFO 0x100000000");
  });

  test("without a quorum the leader gives up after initLimit ticks", () => {
    const b = waitingLeader();
    b.joinedBy(1);
    b.advance(19_999);
    expect(b.peer.state).toBe("LEADING");
    b.advance(1);

    expect(whyLeft(b)).toEqual(["no quorum of followers within initLimit"]);
    expect([b.peer.state, b.peer.election.round]).toEqual(["LOOKING", 2]);
    expect(b.peer.acceptedEpoch).toBe(0);
  });

  test("a disk that takes longer than initLimit costs the leader nothing", () => {
    const b = waitingLeader();
    b.joinedBy(1);
    b.advance(19_000);
    b.joinedBy(2);
    b.advance(10_000);
    b.forget();
    b.diskDid("acceptedEpoch");

    expect(b.peer.state).toBe("LEADING");
    // 1 has waited for more than initLimit, and its own thread gave up.
    expect(b.did("send")).toEqual(["to 2: LEADERINFO 0x100000000"]);
  });
});

describe("the acknowledgement of the epoch (Leader.waitForEpochAck)", () => {
  test("with a quorum of them, itself included, the leader writes its currentEpoch", () => {
    const { b, one, two } = promisedLeader();
    b.promisedBy(one);
    expect(b.did("write")).toEqual([]);
    b.promisedBy(two);

    expect(b.did("write")).toEqual(["write currentEpoch 1"]);
    expect(b.observed("epochAcknowledged")).toMatchObject([{ epoch: 1, quorum: [3, 1, 2] }]);
  });

  test("before that nobody is synchronised", () => {
    const { b, one } = promisedLeader();
    b.promisedBy(one);

    expect(b.did("send")).toEqual([]);
  });

  test("one that promised the epoch before does not count, and is synchronised all the same", () => {
    const { b, one, two } = promisedLeader();
    const four = b.joinedBy(4);
    b.promisedBy(one, { isPromise: false });
    b.promisedBy(two);
    expect(b.did("write")).toEqual([]);
    b.promisedBy(four);

    expect(b.did("write")).toEqual(["write currentEpoch 1"]);
    expect(b.observed("epochAcknowledged")).toMatchObject([{ quorum: [3, 2, 4] }]);
    expect(b.peer.leading?.handlers.map(({ phase }) => phase)).toEqual([
      "newLeaderAck",
      "newLeaderAck",
      "newLeaderAck",
    ]);
  });

  test("an observer's does not count", () => {
    const { b, one } = promisedLeader();
    const six = b.joinedBy(6, { observer: true });
    b.promisedBy(one);
    b.promisedBy(six);

    expect(b.did("write")).toEqual([]);
  });

  const disk = { lastZxid: makeZxid(4, 5), acceptedEpoch: epoch(6), currentEpoch: epoch(5) };

  test.each<[string, number, Zxid, boolean]>([
    ["a later epoch, whatever the zxid", 6, ZERO_ZXID, true],
    ["the same epoch and a later zxid", 5, makeZxid(4, 6), true],
    ["the same epoch and zxid", 5, makeZxid(4, 5), false],
    ["the same epoch and an earlier zxid", 5, makeZxid(4, 4), false],
    ["an earlier epoch, whatever the zxid", 4, makeZxid(4, 9), false],
  ])("a learner with %s", (_, currentEpoch, zxid, isMoreRecent) => {
    const { b, one } = promisedLeader({ disk });
    b.promisedBy(one, { currentEpoch, zxid });

    expect(b.did("close")).toEqual(isMoreRecent ? ["close 1"] : []);
    expect(whyLost(b)).toEqual(isMoreRecent ? ["1: more recent than the leader"] : []);
    expect(b.peer.leading?.electing).toEqual(isMoreRecent ? [3] : [3, 1]);
    expect(b.peer.state).toBe("LEADING");
  });

  test("an observer that is more recent is sent away as well", () => {
    const { b } = promisedLeader({ disk });
    b.promisedBy(b.joinedBy(6, { observer: true }), { currentEpoch: 6 });

    expect(whyLost(b)).toEqual(["6: more recent than the leader"]);
  });

  test("who comes when the quorum has acknowledged is not asked how recent it is", () => {
    const { b } = synchronizingLeader({ disk });
    b.promisedBy(b.joinedBy(4), { currentEpoch: 9 });

    expect(b.did("close")).toEqual([]);
    expect(b.observed("learnerSynced")).toMatchObject([{ learner: 4 }]);
  });

  test("anything else in its place closes the connection", () => {
    const { b, one } = promisedLeader();
    const own = { serverId: serverId(1), protocolVersion: 0x10000, configVersion: 0 };
    b.receive(one, { kind: "FOLLOWERINFO", zxid: ZERO_ZXID, ...own });

    expect(b.did("close")).toEqual(["close 1"]);
    expect(whyLost(b)).toEqual(["1: refused"]);
  });

  test("the leader waits for initLimit, from its promise on", () => {
    const b = waitingLeader();
    b.advance(15_000);
    const one = b.joinedBy(1);
    const two = b.joinedBy(2);
    b.diskDid("acceptedEpoch");
    b.promisedBy(one);
    b.advance(19_999);
    expect(b.peer.state).toBe("LEADING");
    b.advance(1);

    expect(whyLeft(b)).toEqual(["the new epoch was not acknowledged within initLimit"]);
    expect(b.peer.leading).toBeUndefined();
    expect(b.port.open.has(two)).toBe(false);
    // The promise stands, the epoch was never current.
    expect([b.peer.acceptedEpoch, b.peer.currentEpoch]).toEqual([1, 0]);
  });
});

describe("what a learner is sent (LearnerHandler.syncFollower)", () => {
  const disk = { lastZxid: makeZxid(1, 5), acceptedEpoch: epoch(1), currentEpoch: epoch(1) };

  /** To 4, which comes when a quorum has acknowledged epoch 2 and has that as its last zxid. */
  function sentTo(zxid: Zxid, spec = {}): string[] {
    const { b } = synchronizingLeader({ disk, ...spec });
    const four = b.joinedBy(4);
    b.forget();
    b.promisedBy(four, { zxid });
    return b.did("send").map((line) => line.replace("to 4: ", ""));
  }

  test("nothing, if it has everything", () => {
    expect(sentTo(makeZxid(1, 5))).toEqual(["DIFF 0x100000005", "NEWLEADER 0x200000000"]);
  });

  test("what it lacks, each transaction as PROPOSAL and COMMIT", () => {
    expect(sentTo(makeZxid(1, 3))).toEqual([
      "DIFF 0x100000005",
      "PROPOSAL 0x100000004",
      "COMMIT 0x100000004",
      "PROPOSAL 0x100000005",
      "COMMIT 0x100000005",
      "NEWLEADER 0x200000000",
    ]);
  });

  test("where to cut what the leader does not have", () => {
    expect(sentTo(makeZxid(1, 8))).toEqual(["TRUNC 0x100000005", "NEWLEADER 0x200000000"]);
  });

  test("everything, if the log does not go back that far", () => {
    const zxids = [7, 8, 9].map((counter) => makeZxid(1, counter));
    const files = { ...upTo(makeZxid(1, 0)), logs: historyOf(zxids).logs };

    expect(sentTo(makeZxid(1, 2), { disk: { ...disk, files } })).toEqual([
      "SNAP 0x100000009",
      "NEWLEADER 0x200000000",
    ]);
  });

  test("the snapshot is the leader's tree and sessions as they are now", () => {
    const { b } = synchronizingLeader({ disk });
    const four = b.joinedBy(4);
    b.promisedBy(four, { zxid: makeZxid(1, 9), currentEpoch: 0 });
    const five = b.joinedBy(5);
    b.promisedBy(five, { zxid: makeZxid(0, 3), currentEpoch: 0 });
    const snap = b.port.effects.flatMap((effect) =>
      effect.kind === "send" && effect.message.kind === "SNAP" ? [effect.message] : [],
    );

    expect(snap).toMatchObject([{ zxid: makeZxid(1, 5), snapshot: { zxid: makeZxid(1, 5) } }]);
    expect(snap[0]?.snapshot.tree.nodes.map(({ path }) => path)).toContain("/seed-100000005");
  });

  test("those who are a quorum with the leader are synchronised while it writes its epoch", () => {
    const { b, one, two } = promisedLeader();
    b.promisedBy(one);
    b.promisedBy(two);

    expect(b.port.diskWork).toEqual(["currentEpoch"]);
    // Each by its own thread, so the order between the two means nothing.
    const sent = b.did("send");
    for (const to of ["to 1", "to 2"]) {
      expect(sent.filter((line) => line.startsWith(to))).toEqual([
        `${to}: DIFF 0x0`,
        `${to}: NEWLEADER 0x100000000`,
      ]);
    }
  });

  test("of an empty ensemble, a voter that comes when the leader serves gets a snapshot of (1,0)", () => {
    // The leader's zxid is (1,0) by then, the voter's 0, and no log leads there.
    const { b } = servingLeader();
    b.promisedBy(b.joinedBy(4), { zxid: ZERO_ZXID });

    expect(b.did("send")).toEqual([
      "to 4: LEADERINFO 0x100000000",
      "to 4: SNAP 0x100000000",
      "to 4: NEWLEADER 0x100000000",
    ]);
  });

  test("proposals without a quorum follow what is committed, before NEWLEADER", () => {
    const { b } = servingLeader({ disk });
    b.client().connect();
    b.forget();
    b.promisedBy(b.joinedBy(4), { zxid: makeZxid(1, 4) });

    expect(b.did("send").slice(1)).toEqual([
      "to 4: DIFF 0x100000005",
      "to 4: PROPOSAL 0x100000005",
      "to 4: COMMIT 0x100000005",
      "to 4: PROPOSAL 0x200000001",
      "to 4: NEWLEADER 0x200000000",
    ]);
  });

  test("an observer gets no proposal before its commit", () => {
    const { b, one, two } = servingLeader({ disk });
    b.client().connect();
    b.forget();
    b.promisedBy(b.joinedBy(6, { observer: true }), { zxid: makeZxid(1, 5) });
    const toSix = () => b.did("send").filter((line) => line.startsWith("to 6"));
    expect(toSix()).toEqual([
      "to 6: LEADERINFO 0x200000000",
      "to 6: DIFF 0x100000005",
      "to 6: NEWLEADER 0x200000000",
    ]);
    for (const follower of [one, two]) b.ackedBy(follower, makeZxid(2, 1));
    b.diskDid("force");

    expect(toSix()).toEqual(["to 6: INFORM 0x200000001"]);
  });

  test("what is proposed while a learner is busy with its history goes to it at once", () => {
    const { b } = servingLeader({ disk });
    const four = b.joinedBy(4);
    b.promisedBy(four, { zxid: makeZxid(1, 5) });
    b.forget();
    b.client().connect();

    expect(b.did("send")).toContain("to 4: PROPOSAL 0x200000001");
  });
});

describe("observers that synchronise at a time are limited (LearnerSyncThrottler)", () => {
  test.each([
    ["a snapshot", { maxConcurrentSnapSyncs: 1 }, makeZxid(9, 0)],
    ["transactions", { maxConcurrentDiffSyncs: 1 }, ZERO_ZXID],
  ])("one more that needs %s is sent away, until the first is done", (_, settings, zxid) => {
    const { b } = synchronizingLeader({ observers: 3, ...settings });
    const six = b.joinedBy(6, { observer: true });
    b.promisedBy(six, { zxid });
    b.promisedBy(b.joinedBy(7, { observer: true }), { zxid });
    expect(whyLost(b)).toEqual(["7: too many observers synchronise"]);
    b.ackedBy(six, makeZxid(1, 0));
    b.promisedBy(b.joinedBy(8, { observer: true }), { zxid });

    expect(whyLost(b)).toEqual([]);
  });

  test("followers are never kept waiting", () => {
    const { b } = synchronizingLeader({ maxConcurrentDiffSyncs: 1 });
    b.promisedBy(b.joinedBy(6, { observer: true }), { zxid: ZERO_ZXID });
    b.promisedBy(b.joinedBy(4), { zxid: ZERO_ZXID });

    expect(whyLost(b)).toEqual([]);
  });
});

describe("the acknowledgement of the history (Leader.waitForNewLeaderAck)", () => {
  test("with a quorum of them the leader serves, and they are told", () => {
    const { b, one, two } = synchronizingLeader();
    b.ackedBy(one, makeZxid(1, 0));
    expect(b.did()).toEqual([]);
    b.ackedBy(two, makeZxid(1, 0));

    expect(new Set(b.did("send"))).toEqual(new Set(["to 1: UPTODATE -1", "to 2: UPTODATE -1"]));
    expect(b.observed("established", "serving")).toMatchObject([
      { kind: "established", epoch: 1, quorum: [3, 1, 2], zxid: 0 },
      { kind: "serving", state: "LEADING", leader: 3, epoch: 1, zxid: makeZxid(1, 0) },
    ]);
  });

  test("(epoch, 0) is its zxid then, and not before", () => {
    const { b, one, two } = synchronizingLeader();
    b.ackedBy(one, makeZxid(1, 0));
    expect(b.lastZxid).toBe("0x0");
    b.ackedBy(two, makeZxid(1, 0));

    expect(b.lastZxid).toBe("0x100000000");
    expect(b.peer.leading?.lastCommitted).toBe(makeZxid(1, 0));
  });

  test("from then on its vote names the new epoch, and keeps its zxid and round", () => {
    const { b } = servingLeader();
    b.hears(5, { votes: 5 });

    expect(b.did("send")).toEqual(["to 5: LEADING 3, round 1, zxid 0x0, epoch 1"]);
  });

  test("the leader counts itself when its own currentEpoch is on disk, and not before", () => {
    const { b, one, two } = promisedLeader();
    b.promisedBy(one);
    b.promisedBy(two);
    b.ackedBy(one, makeZxid(1, 0));
    b.ackedBy(two, makeZxid(1, 0));
    expect(b.peer.leading?.newLeaderAcks).toEqual([1, 2]);
    expect(b.observed("established")).toEqual([]);
    b.diskDid("currentEpoch");

    expect(b.observed("established")).toMatchObject([{ quorum: [1, 2, 3] }]);
  });

  test("followers that are a quorum without it do not make it serve before its epoch is written", () => {
    const { b, one, two } = promisedLeader();
    const four = b.joinedBy(4);
    for (const follower of [one, two, four]) b.promisedBy(follower);
    for (const follower of [one, two, four]) b.ackedBy(follower, makeZxid(1, 0));
    b.forget();
    expect(b.peer.leading?.phase).toBe("writingEpoch");
    b.diskDid("currentEpoch");

    expect(b.did("send")).toEqual(["to 1", "to 2", "to 4"].map((to) => `${to}: UPTODATE -1`));
  });

  test("an observer's does not count, and is answered when the others make a quorum", () => {
    const { b, one, two } = synchronizingLeader();
    const six = b.joinedBy(6, { observer: true });
    b.promisedBy(six);
    b.forget();
    b.ackedBy(six, makeZxid(1, 0));
    b.ackedBy(one, makeZxid(1, 0));
    expect(b.did("send")).toEqual([]);
    b.ackedBy(two, makeZxid(1, 0));

    expect(b.did("send")).toContain("to 6: UPTODATE -1");
  });

  test("one of a foreign zxid is not counted, but its learner is told to serve with the others", () => {
    const { b, one, two } = synchronizingLeader();
    const four = b.joinedBy(4);
    b.promisedBy(four);
    b.forget();
    b.ackedBy(one, makeZxid(0, 7));
    b.ackedBy(two, makeZxid(1, 0));
    expect(b.observed("established")).toEqual([]);
    b.ackedBy(four, makeZxid(1, 0));

    expect(b.observed("established")).toMatchObject([{ quorum: [3, 2, 4] }]);
    expect(b.did("send")).toContain("to 1: UPTODATE -1");
  });

  test("anything else in its place closes the connection", () => {
    const { b, one } = synchronizingLeader();
    answers(b, one);

    expect(whyLost(b)).toEqual(["1: refused"]);
  });

  test("the leader waits for initLimit, from its own acknowledgement on", () => {
    const { b, one } = synchronizingLeader();
    b.ackedBy(one, makeZxid(1, 0));
    b.advance(19_999);
    expect(b.peer.state).toBe("LEADING");
    b.advance(1);

    expect(whyLeft(b)).toEqual(["the history was not acknowledged within initLimit"]);
    expect(b.lastZxid).toBe("0x0");
  });

  test("so does each learner's thread, which may begin before the leader", () => {
    const { b, one, two } = promisedLeader();
    b.promisedBy(one);
    b.promisedBy(two);
    b.ackedBy(one, makeZxid(1, 0));
    // The leader's disk is slow.
    b.advance(20_000);

    expect(whyLost(b)).toContain("1: no quorum within initLimit");
    expect(b.peer.state).toBe("LEADING");
  });

  test("a learner that comes when the leader serves is told at once", () => {
    const { b } = servingLeader();
    b.syncedBy(4);

    expect(b.did("send").at(-1)).toBe("to 4: UPTODATE -1");
  });

  test("a server alone is its own quorum, three times", () => {
    const rules = { ...RULES, finalizeWaitMs: 0 };
    const b = new Bench({ id: 1, voters: 1, rules }).boot();
    b.loopBack();
    b.diskDone();

    expect(b.did("write")).toEqual(["write acceptedEpoch 1", "write currentEpoch 1"]);
    expect(b.lastZxid).toBe("0x100000000");
  });
});

describe("the main loop (Leader.lead)", () => {
  test("every learner is pinged every half tick, with the last proposed zxid", () => {
    const { b } = servingLeader();
    b.syncedBy(6, { observer: true });
    b.forget();
    const pings = ["to 1", "to 2", "to 6"].map((to) => `${to}: PING 0x100000000`);
    b.advance(999);
    expect(b.did()).toEqual([]);
    b.advance(1);
    expect(b.did()).toEqual(pings);
    b.advance(1000);

    expect(b.did()).toEqual(pings);
  });

  test("nobody is pinged before the leader serves", () => {
    const { b } = synchronizingLeader();
    b.advance(10_000);

    expect(b.did("send")).toEqual([]);
  });

  test("one whose history is not decided gets no ping", () => {
    const { b } = servingLeader();
    b.accept("quorum", 4);
    b.joinedBy(5);
    b.forget();
    b.advance(1000);

    expect(b.did("send")).toEqual(["to 1: PING 0x100000000", "to 2: PING 0x100000000"]);
  });

  test("the quorum is checked in every second half tick", () => {
    const { b, one } = servingLeader();
    b.step({ kind: "closed", connection: one });
    b.advance(1999);
    expect(b.peer.state).toBe("LEADING");
    b.advance(1);

    expect(whyLeft(b)).toEqual(["not sufficient followers synced"]);
    expect(b.peer.election.round).toBe(2);
  });

  test("observers are in no quorum", () => {
    const { b, one } = servingLeader();
    b.syncedBy(6, { observer: true });
    b.step({ kind: "closed", connection: one });
    b.advance(2000);

    expect(b.peer.state).toBe("LOOKING");
  });

  test("a learner that is merely connected counts", () => {
    const { b, one } = servingLeader();
    b.joinedBy(4);
    b.step({ kind: "closed", connection: one });
    b.advance(2000);

    expect(b.peer.state).toBe("LEADING");
  });

  test("a learner with two connections counts once", () => {
    const { b, one, two } = servingLeader();
    const again = b.syncedBy(1);
    b.step({ kind: "closed", connection: two });
    halfTick(b, one, again);
    halfTick(b, one, again);

    expect(whyLeft(b)).toEqual(["not sufficient followers synced"]);
  });

  test("a new learner counts until initLimit + syncLimit ticks, one that answered until syncLimit", () => {
    const { b, one, two } = servingLeader();
    const deadlines = () => b.peer.leading?.handlers.map((h) => h.tickOfNextAckDeadline);
    expect(deadlines()).toEqual([15, 15]);
    for (let i = 0; i < 3; i++) halfTick(b, two);
    expect(b.peer.leading?.tick).toBe(1);
    answers(b, one);
    b.joinedBy(4);

    expect(deadlines()).toEqual([6, 6, 16]);
  });

  test("a learner past its deadline does not count, though its connection stands", () => {
    const { b, two } = servingLeader({ syncLimit: 2 });
    answers(b, two);
    // The read timeout would come first; it is put off by hand.
    for (const handler of b.peer.leading?.handlers ?? []) handler.readDeadlineMs = Infinity;
    // The deadline of 2 is tick 2, that of 1, which is new, tick 12.
    b.advance(5999);
    expect(b.peer.state).toBe("LEADING");
    b.advance(1);

    expect(whyLeft(b)).toEqual(["not sufficient followers synced"]);
  });

  test("a learner that says nothing is dropped after syncLimit ticks", () => {
    const { b, one, two } = servingLeader();
    b.syncedBy(4);
    b.forget();
    for (let i = 0; i < 9; i++) halfTick(b, one, two);
    expect(whyLost(b)).toEqual([]);
    halfTick(b, one, two);

    expect(whyLost(b)).toEqual(["4: read timeout"]);
    expect(b.peer.state).toBe("LEADING");
  });

  test("one that has not acknowledged its history has initLimit ticks", () => {
    const { b, one, two } = servingLeader();
    b.promisedBy(b.joinedBy(4));
    b.forget();
    for (let i = 0; i < 19; i++) halfTick(b, one, two);
    expect(whyLost(b)).toEqual([]);
    halfTick(b, one, two);

    expect(whyLost(b)).toEqual(["4: read timeout"]);
  });
});

describe("leader.maxTimeToWaitForEpoch", () => {
  function waitingFor(ms: number, maxTimeToWaitForEpochMs: number): Bench {
    const b = waitingLeader({ maxTimeToWaitForEpochMs });
    b.advance(ms);
    return b;
  }

  test("it is off by default", () => {
    const b = waitingFor(19_000, -1);
    b.hears(1, { votes: 1, round: 2 });

    expect(b.peer.state).toBe("LEADING");
  });

  test("after that time a voter that looks again ends the wait, and is answered first", () => {
    const b = waitingFor(501, 500);
    b.forget();
    b.hears(1, { votes: 1, round: 2 });

    expect(b.did("send")[0]).toBe("to 1: LEADING 3, round 1, zxid 0x0, epoch 0");
    expect(whyLeft(b)).toEqual(["a voter looks again"]);
    expect(b.peer.state).toBe("LOOKING");
  });

  test("not until that time is over", () => {
    const b = waitingFor(500, 500);
    b.hears(1, { votes: 1, round: 2 });

    expect(b.peer.state).toBe("LEADING");
  });

  test("any voter will do, whether it elected this leader or not", () => {
    const b = waitingFor(501, 500);
    b.hears(5, { votes: 5, round: 2 });

    expect(b.peer.state).toBe("LOOKING");
  });

  test("an observer that looks does not end it, nor a voter that does not look", () => {
    const b = waitingFor(501, 500);
    b.hears(6, { votes: NOTHING, zxid: NOTHING, epoch: NOTHING });
    b.hears(1, { votes: 3, state: "FOLLOWING" });

    expect(b.peer.state).toBe("LEADING");
  });

  test("once a quorum is there it ends nothing", () => {
    const b = waitingFor(501, 500);
    b.joinedBy(1);
    b.joinedBy(2);
    b.hears(4, { votes: 4, round: 2 });
    expect(b.peer.state).toBe("LEADING");
    b.diskDid("acceptedEpoch");
    b.hears(4, { votes: 4, round: 2 });

    expect(b.peer.state).toBe("LEADING");
  });
});
