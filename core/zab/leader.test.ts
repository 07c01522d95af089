import { describe, expect, test } from "vitest";
import { Bench, type BenchSpec } from "../../test/support/recording-port.ts";
import { ELECTION_RULES } from "../election/rules.ts";
import { epoch, NOTHING, serverId } from "../ids.ts";
import type { ConnectionId } from "../server/port.ts";
import { makeZxid, ZERO_ZXID } from "../zxid.ts";

/** Server 3 of the voters 1 to 5 and the observer 6 was elected by 1, 2 and itself, at time 0. */
function leading(spec: BenchSpec = {}): Bench {
  const rules = { ...ELECTION_RULES, finalizeWaitMs: 0 };
  const b = new Bench({ rules, observers: 1, ...spec }).bootConnected();
  const { zxid, peerEpoch } = b.peer.election.proposal;
  b.loopBack();
  for (const voter of [1, 2]) b.hears(voter, { votes: 3, zxid, epoch: peerEpoch });
  expect(b.peer.state).toBe("LEADING");
  return b;
}

function written(b: Bench): void {
  b.step({ kind: "written", file: "acceptedEpoch" });
}

/** As `leading`, and 1 and 2 follow in epoch 1. */
function established(spec: BenchSpec = {}): { b: Bench; one: ConnectionId; two: ConnectionId } {
  const b = leading(spec);
  const one = b.joinedBy(1);
  const two = b.joinedBy(2);
  written(b);
  b.forget();
  return { b, one, two };
}

function answers(b: Bench, connection: ConnectionId): void {
  b.receive(connection, { kind: "PING", zxid: makeZxid(1, 0) });
}

function whyLeft(b: Bench): string[] {
  return b.observed("roleLeft").map(({ why }) => why);
}

/** Half a tick passes, and these learners answer the ping that comes then. */
function halfTick(b: Bench, ...answering: ConnectionId[]): void {
  b.advance(1000);
  for (const connection of answering) answers(b, connection);
}

describe("the quorum port", () => {
  test("it is open while the server leads, and only then", () => {
    const b = new Bench().bootConnected();
    expect([...b.port.listening]).toEqual(["election"]);
    const leader = leading();
    expect([...leader.port.listening]).toEqual(["election", "quorum"]);
    leader.advance(20_000);

    expect(leader.peer.state).toBe("LOOKING");
    expect([...leader.port.listening]).toEqual(["election"]);
  });

  test("a connection that was accepted before the port closed is closed as well", () => {
    const b = leading();
    b.advance(20_000);
    b.forget();
    b.accept("quorum", 1);

    expect(b.did()).toEqual(["close 1"]);
  });

  test.each(["LEADERINFO", "PING"] as const)("%s as the first packet is refused", (kind) => {
    const b = leading();
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
    const b = leading({ configVersion: 5 });
    b.forget();
    b.joinedBy(1, { configVersion });

    expect(b.did("close")).toEqual(effects);
    expect(b.peer.leading?.registered).toEqual(effects.length === 0 ? [3, 1] : [3]);
  });

  test("a second INFO is refused", () => {
    const { b, one } = established();
    const own = { serverId: serverId(1), protocolVersion: 0x10000, configVersion: 0 };
    b.receive(one, { kind: "FOLLOWERINFO", zxid: ZERO_ZXID, ...own });

    expect(b.did("close")).toEqual(["close 1"]);
    expect(b.observed("learnerLost")).toMatchObject([{ learner: 1, why: "refused" }]);
  });
});

describe("the new epoch (zab.md §4.2, Leader.getEpochToPropose)", () => {
  test("it is one above the largest accepted epoch of the quorum", () => {
    const b = leading({ disk: { acceptedEpoch: epoch(4) } });
    b.joinedBy(1, { acceptedEpoch: 2 });
    b.joinedBy(2, { acceptedEpoch: 6 });

    expect(b.did("write")).toEqual(["write acceptedEpoch 7"]);
  });

  test("a follower that has promised that very epoch to another raises it by one more", () => {
    const b = leading({ disk: { acceptedEpoch: epoch(4) } });
    b.joinedBy(1, { acceptedEpoch: 5 });
    b.joinedBy(2);

    expect(b.did("write")).toEqual(["write acceptedEpoch 6"]);
  });

  test("the leader's own accepted epoch counts", () => {
    const b = leading({ disk: { acceptedEpoch: epoch(4) } });
    b.joinedBy(1, { acceptedEpoch: 2 });
    b.joinedBy(2, { acceptedEpoch: 2 });

    expect(b.did("write")).toEqual(["write acceptedEpoch 5"]);
  });

  test("an observer raises it, but is not in the quorum", () => {
    const b = leading();
    b.joinedBy(1);
    b.joinedBy(6, { acceptedEpoch: 8, observer: true });
    expect(b.did("write")).toEqual([]);
    b.joinedBy(2);

    expect(b.did("write")).toEqual(["write acceptedEpoch 9"]);
    expect(b.peer.leading?.registered).toEqual([3, 1, 2]);
  });

  test("the leader is one of the quorum: of five, two more do, and the same one twice does not", () => {
    const b = leading();
    b.joinedBy(1);
    b.joinedBy(1);
    expect(b.did("write")).toEqual([]);
    b.joinedBy(2);

    expect(b.did("write")).toHaveLength(1);
  });

  test("a follower that was heard of counts though its connection has broken", () => {
    const b = leading();
    b.step({ kind: "closed", connection: b.joinedBy(1) });
    b.joinedBy(2);

    expect(b.did("write")).toEqual(["write acceptedEpoch 1"]);
  });

  test("it is promised on the leader's disk before anybody is told", () => {
    const b = leading();
    b.joinedBy(1);
    b.joinedBy(2);
    b.joinedBy(4);
    expect(b.did("send").filter((line) => line.includes("LEADERINFO"))).toEqual([]);
    expect(b.observed("leading")).toEqual([]);
    written(b);

    expect(b.due("epochWait")).toBeUndefined();
    expect(b.did("send")).toEqual(
      ["to 1", "to 2", "to 4"].map((to) => `${to}: LEADERINFO 0x100000000`),
    );
    expect(b.observed("leading")).toEqual([{ kind: "leading", epoch: 1, quorum: [3, 1, 2] }]);
  });

  test("a late learner gets the epoch as it is, even if its own is higher", () => {
    const { b } = established();
    b.joinedBy(4, { acceptedEpoch: 8 });

    expect(b.did("send", "write")).toEqual(["to 4: LEADERINFO 0x100000000"]);
    expect(b.peer.acceptedEpoch).toBe(1);
  });

  test("one that comes while the promise is being written does not raise it either", () => {
    const b = leading();
    b.joinedBy(1);
    b.joinedBy(2);
    b.joinedBy(4, { acceptedEpoch: 8 });
    b.forget();
    written(b);

    expect(b.did("send")).toContain("to 4: LEADERINFO 0x100000000");
  });

  test("a server alone is its own quorum", () => {
    const b = new Bench({ id: 1, voters: 1, rules: { ...ELECTION_RULES, finalizeWaitMs: 0 } });
    b.boot().loopBack();

    expect(b.did("write")).toEqual(["write acceptedEpoch 1"]);
  });

  test("without a quorum the leader gives up after initLimit ticks", () => {
    const b = leading();
    b.joinedBy(1);
    b.advance(19_999);
    expect(b.peer.state).toBe("LEADING");
    b.advance(1);

    expect(whyLeft(b)).toEqual(["no quorum of followers within initLimit"]);
    expect([b.peer.state, b.peer.election.round]).toEqual(["LOOKING", 2]);
    expect(b.peer.acceptedEpoch).toBe(0);
  });

  test("a disk that takes longer than initLimit costs neither the role nor a learner", () => {
    const b = leading();
    b.joinedBy(1);
    b.advance(19_000);
    b.joinedBy(2);
    b.advance(10_000);
    b.forget();
    written(b);

    expect(b.did("send")).toHaveLength(2);
  });
});

describe("the main loop (zab.md §6.7)", () => {
  test("every learner is pinged every half tick", () => {
    const { b } = established();
    b.joinedBy(6, { observer: true });
    b.forget();
    const pings = ["to 1", "to 2", "to 6"].map((to) => `${to}: PING 0x100000000`);
    b.advance(999);
    expect(b.did()).toEqual([]);
    b.advance(1);
    expect(b.did()).toEqual(pings);
    b.advance(1000);

    expect(b.did()).toEqual(pings);
  });

  test("one that has not said who it is gets no ping", () => {
    const { b } = established();
    b.accept("quorum", 4);
    b.forget();
    b.advance(1000);

    expect(b.did().filter((line) => line.startsWith("to 4"))).toEqual([]);
  });

  test("the quorum is checked in every second half tick", () => {
    const { b, one } = established();
    b.step({ kind: "closed", connection: one });
    b.advance(1999);
    expect(b.peer.state).toBe("LEADING");
    b.advance(1);

    expect(whyLeft(b)).toEqual(["not sufficient followers synced"]);
    expect(b.peer.election.round).toBe(2);
  });

  test("observers are in no quorum", () => {
    const { b, one } = established();
    b.joinedBy(6, { observer: true });
    b.step({ kind: "closed", connection: one });
    b.advance(2000);

    expect(b.peer.state).toBe("LOOKING");
  });

  test("a learner with two connections counts once", () => {
    const { b, one, two } = established();
    const again = b.joinedBy(1);
    b.step({ kind: "closed", connection: two });
    halfTick(b, one, again);
    halfTick(b, one, again);

    expect(whyLeft(b)).toEqual(["not sufficient followers synced"]);
  });

  test("a new learner counts until initLimit + syncLimit ticks, one that answered until syncLimit", () => {
    const { b, one } = established();
    const deadlines = () => b.peer.leading?.handlers.map((h) => h.tickOfNextAckDeadline);
    expect(deadlines()).toEqual([15, 15]);
    b.advance(3000);
    expect(b.peer.leading?.tick).toBe(1);
    answers(b, one);
    expect(deadlines()).toEqual([6, 15]);
  });

  test("a learner past its deadline does not count, though its connection stands", () => {
    const { b, two } = established({ syncLimit: 2 });
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
    const { b, one, two } = established();
    b.joinedBy(4);
    for (let i = 0; i < 9; i++) halfTick(b, one, two);
    expect(b.observed("learnerLost")).toEqual([]);
    halfTick(b, one, two);

    expect(b.observed("learnerLost")).toEqual([
      { kind: "learnerLost", learner: 4, why: "read timeout" },
    ]);
    expect(b.peer.state).toBe("LEADING");
  });

  test("one that has not said who it is has initLimit ticks", () => {
    const { b, one, two } = established();
    b.accept("quorum", 4);
    for (let i = 0; i < 19; i++) halfTick(b, one, two);
    expect(b.did("close")).toEqual([]);
    halfTick(b, one, two);

    expect(b.did("close")).toEqual(["close 4"]);
  });
});

describe("leader.maxTimeToWaitForEpoch (zab.md §4.4)", () => {
  function waitingFor(ms: number, maxTimeToWaitForEpochMs: number): Bench {
    const b = leading({ maxTimeToWaitForEpochMs });
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
    written(b);
    b.hears(4, { votes: 4, round: 2 });

    expect(b.peer.state).toBe("LEADING");
  });
});
