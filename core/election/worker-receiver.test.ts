import { describe, expect, test } from "vitest";
import { Bench } from "../../test/support/server-bench.ts";
import { epoch, NOTHING, round, serverId } from "../ids.ts";
import { formatZxid, makeZxid } from "../zxid.ts";

/** Voters 1 to 5 and the observer 6; the server on the bench is 3. */
function bench(spec: ConstructorParameters<typeof Bench>[0] = {}): Bench {
  return new Bench({ observers: 1, ...spec });
}

const NONE = formatZxid(NOTHING);

/** 3 follows 5, which was elected in round 1 by voters that have nothing. */
function following(): Bench {
  const b = bench().bootConnected();
  b.hears(5, { votes: 5 });
  b.hears(4, { votes: 5 });
  b.loopBack();
  b.advance(200);
  expect(b.peer.state).toBe("FOLLOWING");
  b.forget();
  return b;
}

/** 3 leads since round 1. */
function leading(): Bench {
  const b = bench().bootConnected();
  b.hears(1, { votes: 3 });
  b.hears(2, { votes: 3 });
  b.loopBack();
  b.advance(200);
  expect(b.peer.state).toBe("LEADING");
  b.forget();
  return b;
}

describe("while LOOKING (WorkerReceiver.run)", () => {
  test("a vote of the same round is not answered", () => {
    const b = bench().bootConnected();
    b.hears(2, { votes: 2 });

    expect(b.did("send", "loopback")).toEqual([]);
  });

  test("a vote of an earlier round is answered with the proposal, to its sender alone", () => {
    const b = bench().bootConnected();
    b.hears(4, { votes: 4, round: 7 });
    b.forget();
    b.hears(2, { votes: 2, round: 6 });

    expect(b.did("send", "loopback")).toEqual(["to 2: LOOKING 4, round 7, zxid 0x0, epoch 0"]);
  });

  test.each(["FOLLOWING", "LEADING", "OBSERVING"] as const)(
    "a %s server of an earlier round is not answered",
    (state) => {
      const b = bench().bootConnected();
      b.hears(4, { votes: 4, round: 7 });
      b.forget();
      b.hears(2, { votes: 2, round: 6, state });

      expect(b.did("send", "loopback")).toEqual([]);
    },
  );

  test("an observer gets the current vote, not the proposal, with the current round", () => {
    const b = bench().bootConnected();
    b.hears(4, { votes: 4, round: 7 });
    b.forget();
    b.hears(6, { votes: NOTHING, zxid: NOTHING, epoch: NOTHING });

    expect(b.did("send", "loopback")).toEqual(["to 6: LOOKING 3, round 7, zxid 0x0, epoch 0"]);
  });

  test("the first current vote is for the server itself, with what it has on disk", () => {
    const b = bench({ disk: { lastZxid: makeZxid(2, 5), currentEpoch: epoch(2) } }).bootConnected();
    b.hears(4, { votes: 4, epoch: 3 });
    b.forget();
    b.hears(6, { votes: NOTHING, zxid: NOTHING, epoch: NOTHING });

    expect(b.did("send")).toEqual(["to 6: LOOKING 3, round 1, zxid 0x200000005, epoch 2"]);
  });

  test("after its leader's death, an observer still gets the vote for it, with the new round", () => {
    const b = following();
    b.step({ kind: "connected", connection: b.dialled });
    b.step({ kind: "closed", connection: b.dialled });
    expect(b.peer.state).toBe("LOOKING");
    b.forget();
    b.hears(6, { votes: NOTHING, zxid: NOTHING, epoch: NOTHING });

    expect(b.did("send")).toEqual(["to 6: LOOKING 5, round 2, zxid 0x0, epoch 0"]);
  });

  test("a stranger is answered as an observer is", () => {
    const b = bench().bootConnected();
    b.hears(9, { votes: 9, round: 1 });

    expect(b.did("send")).toEqual(["to 9: LOOKING 3, round 1, zxid 0x0, epoch 0"]);
  });

  test("what an observer says is not counted, whatever it says", () => {
    const b = bench().bootConnected();
    b.hears(6, { votes: 5, zxid: 99, round: 9 });

    expect(b.peer.election.round).toBe(1);
    expect(b.peer.election.proposal.leader).toBe(3);
    expect(b.peer.election.queue).toEqual([]);
  });

  test("an observer's message does not restart the wait for notifications", () => {
    const b = bench().bootConnected();
    b.advance(150);
    b.hears(6, { votes: NOTHING, zxid: NOTHING, epoch: NOTHING });

    expect(b.due("poll")).toBe(200);
  });
});

describe("in a role (WorkerReceiver.run)", () => {
  test("a FOLLOWING server answers a vote with the vote that it follows", () => {
    const b = following();
    b.hears(2, { votes: 2, round: 1 });

    expect(b.did("send")).toEqual(["to 2: FOLLOWING 5, round 1, zxid 0x0, epoch 0"]);
  });

  test("a LEADING server answers a vote with the vote for itself", () => {
    const b = leading();
    b.hears(5, { votes: 5, zxid: 99, round: 8 });

    expect(b.did("send")).toEqual(["to 5: LEADING 3, round 1, zxid 0x0, epoch 0"]);
    expect(b.peer.state).toBe("LEADING");
  });

  test.each(["FOLLOWING", "LEADING", "OBSERVING"] as const)(
    "a %s voter is not answered",
    (state) => {
      const b = following();
      b.hears(2, { votes: 5, state });

      expect(b.did("send", "loopback")).toEqual([]);
    },
  );

  test("an observer is answered at once, whatever its state", () => {
    const b = following();
    b.hears(6, { votes: 5, state: "OBSERVING" });

    expect(b.did("send")).toEqual(["to 6: FOLLOWING 5, round 1, zxid 0x0, epoch 0"]);
  });

  test("a voter is told the round of the vote, an observer the server's own", () => {
    const b = following();
    // No input makes the two differ while a role lasts, so they are set apart by hand.
    b.peer.election.round = round(4);
    b.hears(2, { votes: 2 });
    b.hears(6, { votes: NOTHING, zxid: NOTHING, epoch: NOTHING });

    expect(b.did("send")).toEqual([
      "to 2: FOLLOWING 5, round 1, zxid 0x0, epoch 0",
      "to 6: FOLLOWING 5, round 4, zxid 0x0, epoch 0",
    ]);
  });

  test("an own vote that comes back after the role change is answered to oneself, and that ignored", () => {
    const b = bench().bootConnected();
    b.hears(5, { votes: 5 });
    b.hears(4, { votes: 5 });
    b.hears(2, { votes: 5 });
    b.advance(200);
    expect(b.peer.state).toBe("FOLLOWING");
    b.forget();
    b.loopBack();

    // It had sent two votes: the first for itself, the second for 5.
    const answer = "to self: FOLLOWING 5, round 1, zxid 0x0, epoch 0";
    expect(b.did()).toEqual([answer, answer]);
  });

  test("an OBSERVING server answers a voter too", () => {
    const b = bench({ id: 6 }).bootConnected();
    for (const voter of [1, 2]) b.hears(voter, { votes: 5, state: "FOLLOWING", epoch: 1 });
    b.hears(5, { votes: 5, state: "LEADING", epoch: 1 });
    expect(b.peer.state).toBe("OBSERVING");
    b.forget();
    b.hears(2, { votes: 2 });

    expect(b.did("send")).toEqual(["to 2: OBSERVING 5, round 1, zxid 0x0, epoch 1"]);
  });
});

describe("a notification's fields (FastLeaderElection.Notification)", () => {
  test("it carries the format version, and the sender's configuration", () => {
    const b = bench();
    b.boot();
    const sent = b.port.effects.find((effect) => effect.kind === "loopback");

    expect(sent).toMatchObject({ message: { version: 2, config: b.ctx.config.configText } });
  });

  test("an observer has nothing to offer and says so with −2^63", () => {
    const b = bench({ id: 6, disk: { lastZxid: makeZxid(0, 5) } });
    b.boot();
    b.meet(serverId(1));

    expect(b.did("send")).toEqual([
      "to 1: InitialMessage",
      `to 1: LOOKING ${NOTHING}, round 1, zxid ${NONE}, epoch ${NOTHING}`,
    ]);
  });
});
