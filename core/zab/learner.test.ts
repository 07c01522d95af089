import { describe, expect, test } from "vitest";
import { Bench, type BenchSpec } from "../../test/support/recording-port.ts";
import { ELECTION_RULES } from "../election/rules.ts";
import { epoch } from "../ids.ts";
import { makeZxid } from "../zxid.ts";

/** A server that at time 0 has begun to follow or observe 5, and dials it. */
function dialling(spec: BenchSpec = {}): Bench {
  const rules = { ...ELECTION_RULES, finalizeWaitMs: 0 };
  const b = new Bench({ rules, observers: 1, ...spec }).bootConnected();
  for (const voter of [5, 4, 2]) b.hears(voter, { votes: 5, epoch: 99 });
  expect(b.peer.learning?.leader).toBe(5);
  return b;
}

/** As `dialling`, and the leader has answered. */
function registered(spec: BenchSpec = {}): Bench {
  const b = dialling(spec);
  b.step({ kind: "connected", connection: b.dialled });
  b.forget();
  return b;
}

function refused(b: Bench): void {
  b.step({ kind: "dialFailed", connection: b.dialled, reason: "refused" });
}

function offered(b: Bench, newEpoch: number): void {
  const zxid = makeZxid(newEpoch, 0);
  b.receive(b.dialled, { kind: "LEADERINFO", zxid, protocolVersion: 0x10000 });
}

function ping(b: Bench): void {
  b.receive(b.dialled, { kind: "PING", zxid: makeZxid(1, 7) });
}

function written(b: Bench): void {
  b.step({ kind: "written", file: "acceptedEpoch" });
}

/** As `registered`, and epoch 1 was offered and promised. */
function following(spec: BenchSpec = {}): Bench {
  const b = registered(spec);
  offered(b, 1);
  written(b);
  expect(b.observed("following")).toEqual([{ kind: "following", leader: 5, epoch: 1 }]);
  b.forget();
  return b;
}

function whyLeft(b: Bench): string[] {
  return b.observed("roleLeft").map(({ why }) => why);
}

/** When it dialled, and within which time it wanted an answer; every try is refused at once. */
function tries(spec: BenchSpec): [atMs: number, withinMs: number][] {
  const b = dialling(spec);
  const dials: [number, number][] = [];
  while (b.peer.learning !== undefined) {
    const dial = b.port.effects.findLast((effect) => effect.kind === "dial");
    dials.push([b.port.nowMs, dial?.timeoutMs ?? 0]);
    refused(b);
    if (b.peer.learning !== undefined) b.advance(100);
  }
  return dials;
}

describe("connecting (zab.md §4.1, Learner.connectToLeader)", () => {
  test("it dials the leader's quorum port, with initLimit to do so", () => {
    expect(dialling().did("dial")).toEqual(["dial 5 quorum within 20000 ms"]);
  });

  test("five refused tries, 100 ms apart, use up 0.4 s, each within what is left of the time", () => {
    expect(tries({})).toEqual([
      [0, 20_000],
      [100, 19_900],
      [200, 19_800],
      [300, 19_700],
      [400, 19_600],
    ]);
  });

  test("then it looks again, in the next round", () => {
    const b = dialling();
    for (let i = 0; i < 4; i++) {
      refused(b);
      b.advance(100);
    }
    expect(b.peer.state).toBe("FOLLOWING");
    refused(b);

    expect(b.observed("leaderUnreachable").map((o) => [o.tries, o.again])).toEqual([
      [1, true],
      [2, true],
      [3, true],
      [4, true],
      [5, false],
    ]);
    expect([b.peer.state, b.peer.election.round]).toEqual(["LOOKING", 2]);
  });

  test("it gives up as soon as no more than the pause is left of the time", () => {
    const spec = { tickMs: 100, initLimit: 3 };
    expect(tries(spec)).toEqual([
      [0, 300],
      [100, 200],
      [200, 100],
    ]);

    // Exactly as much is not enough.
    const b = dialling(spec);
    b.advance(200);
    refused(b);
    expect(b.observed("leaderUnreachable")).toMatchObject([{ tries: 1, again: false }]);
    expect(b.peer.state).toBe("LOOKING");
  });

  test("connectToLearnerMasterLimit takes the place of initLimit, for the connection alone", () => {
    const b = dialling({ connectToLearnerMasterLimit: 3 });
    expect(b.did("dial")).toEqual(["dial 5 quorum within 6000 ms"]);
    b.step({ kind: "connected", connection: b.dialled });

    expect(b.due("read", b.dialled)).toBe(20_000);
  });

  test("a try that runs into its timeout was the last one", () => {
    const b = dialling();
    b.advance(20_000);
    b.step({ kind: "dialFailed", connection: b.dialled, reason: "timeout" });

    expect(whyLeft(b)).toEqual(["could not connect to the leader"]);
  });

  test("a pause that took longer than what was left is not followed by a try", () => {
    const b = dialling({ tickMs: 100, initLimit: 3 });
    refused(b);
    b.port.nowMs = 300;
    b.forget();
    b.step({ kind: "timer", timer: "connectRetry", key: 0 });

    expect(b.did("dial")).toEqual([]);
    expect(whyLeft(b)).toEqual(["could not connect to the leader"]);
  });
});

describe("telling of itself (Learner.registerWithLeader)", () => {
  const disk = { acceptedEpoch: epoch(7), currentEpoch: epoch(6), lastZxid: makeZxid(6, 3) };

  test.each([
    ["FOLLOWERINFO", 3],
    ["OBSERVERINFO", 6],
  ])("%s has the accepted epoch, not the current one, and the server's id", (kind, id) => {
    const b = dialling({ id, disk, configVersion: 12 });
    b.step({ kind: "connected", connection: b.dialled });

    expect(b.port.effects.at(-1)).toEqual({
      kind: "send",
      connection: b.dialled,
      message: {
        kind,
        zxid: makeZxid(7, 0),
        serverId: id,
        protocolVersion: 0x10000,
        configVersion: 12,
      },
    });
  });
});

describe("the leader's epoch", () => {
  test("a higher one is written before the server follows", () => {
    const b = registered({ disk: { acceptedEpoch: epoch(7) } });
    offered(b, 9);
    expect(b.did()).toEqual(["write acceptedEpoch 9"]);
    expect(b.observed("following")).toEqual([]);
    written(b);

    expect(b.observed("following")).toMatchObject([{ leader: 5, epoch: 9 }]);
    expect(b.peer.acceptedEpoch).toBe(9);
  });

  test("currentEpoch stays as it is", () => {
    const b = registered({ disk: { acceptedEpoch: epoch(7), currentEpoch: epoch(6) } });
    offered(b, 9);
    written(b);

    expect(b.peer.currentEpoch).toBe(6);
  });

  test("an equal one is followed without a write: it is promised already", () => {
    const b = registered({ disk: { acceptedEpoch: epoch(7) } });
    offered(b, 7);

    expect(b.did("write")).toEqual([]);
    expect(b.observed("following")).toMatchObject([{ epoch: 7 }]);
  });

  test("a lower one is refused at once, and the files stay as they are", () => {
    const b = registered({ disk: { acceptedEpoch: epoch(7), currentEpoch: epoch(6) } });
    offered(b, 6);

    expect(b.did("write")).toEqual([]);
    expect([b.peer.acceptedEpoch, b.peer.currentEpoch]).toEqual([7, 6]);
    expect([b.peer.state, b.peer.election.round]).toEqual(["LOOKING", 2]);
    expect(whyLeft(b)).toEqual(["the leader's epoch is lower than the one promised"]);
  });

  test.each(["PING", "FOLLOWERINFO"] as const)("a %s in its place ends the role", (kind) => {
    const b = registered();
    const zxid = makeZxid(1, 0);
    if (kind === "PING") b.receive(b.dialled, { kind, zxid });
    else {
      const { id: serverId } = b.ctx.config;
      b.receive(b.dialled, { kind, zxid, serverId, protocolVersion: 0x10000, configVersion: 0 });
    }

    expect(whyLeft(b)).toEqual(["unexpected packet"]);
  });
});

describe("while the promise is being written nothing else happens", () => {
  test("the connection breaks: the role ends when the write does", () => {
    const b = registered();
    offered(b, 1);
    b.step({ kind: "closed", connection: b.dialled });
    expect(b.peer.state).toBe("FOLLOWING");
    written(b);

    expect(b.observed("following", "roleLeft")).toMatchObject([
      { kind: "roleLeft", why: "connection to the leader lost" },
    ]);
    expect(b.peer.state).toBe("LOOKING");
  });

  test("so the same leader cannot be followed on a promise that is on no disk", () => {
    const b = registered();
    offered(b, 1);
    b.step({ kind: "closed", connection: b.dialled });
    for (const voter of [1, 2, 4]) b.hears(voter, { votes: 5, state: "FOLLOWING", round: 1 });
    b.hears(5, { votes: 5, state: "LEADING", round: 1 });

    expect(b.did("dial")).toEqual([]);
    expect(b.observed("following")).toEqual([]);
  });

  test("a disk slower than the read timeout does not end the role", () => {
    const b = registered();
    offered(b, 1);
    b.advance(60_000);
    expect(b.peer.state).toBe("FOLLOWING");
    written(b);

    expect(b.due("read", b.dialled)).toBe(60_000 + 10_000);
  });

  test("a ping is passed over, as during synchronisation", () => {
    const b = registered();
    offered(b, 1);
    ping(b);

    expect(b.did("send")).toEqual([]);
    expect(b.peer.state).toBe("FOLLOWING");
  });
});

describe("liveness (zab.md §6.7)", () => {
  test("a ping is answered with its own zxid", () => {
    const b = following();
    ping(b);

    expect(b.did()).toEqual(["to 5: PING 0x100000007"]);
  });

  test("until the epoch came, initLimit may pass without a packet", () => {
    const b = registered();
    b.advance(19_999);
    expect(b.peer.state).toBe("FOLLOWING");
    b.advance(1);

    expect(whyLeft(b)).toEqual(["nothing heard from the leader"]);
  });

  test("after that, syncLimit", () => {
    const b = following();
    b.advance(9999);
    expect(b.peer.state).toBe("FOLLOWING");
    b.advance(1);

    expect(whyLeft(b)).toEqual(["nothing heard from the leader"]);
  });

  test("every packet begins the time anew", () => {
    const b = following();
    b.advance(9000);
    ping(b);
    b.advance(9999);
    expect(b.peer.state).toBe("FOLLOWING");
    b.advance(1);

    expect(b.peer.state).toBe("LOOKING");
  });

  test("the end of the connection ends the role", () => {
    const b = following();
    b.step({ kind: "closed", connection: b.dialled });

    expect(whyLeft(b)).toEqual(["connection to the leader lost"]);
    expect(b.peer.election.round).toBe(2);
  });

  test("the loss of an election connection does not (zab.md §2.3)", () => {
    const b = following();
    const before = b.meet(5);
    b.step({ kind: "closed", connection: before });

    expect(b.peer.state).toBe("FOLLOWING");
    expect(b.did()).toEqual([]);
    expect(b.meet(5)).not.toBe(before);
  });
});
