import { describe, expect, test } from "vitest";
import type { Effect } from "../../test/support/recording-port.ts";
import { Bench, type BenchSpec } from "../../test/support/server-bench.ts";
import {
  diallingLearner,
  leaderInfo,
  promisedLeader,
  promisedLearner,
  proposal,
  registeredLearner,
  servingLeader,
  synchronizingLeader,
  waitingLeader,
} from "../../test/support/staged.ts";
import { req } from "../../test/support/service-port.ts";
import { epoch, NOTHING } from "../ids.ts";
import { treeDigest } from "../tree/data-tree.ts";
import { makeZxid, MAX_COUNTER, ZERO_ZXID } from "../zxid.ts";
import { RULES } from "./bugs.ts";
import { LEAVE_REASONS, type LeaveReason } from "./observations.ts";
import type { ConnectionId } from "./port.ts";

const rules = { ...RULES, finalizeWaitMs: 0 };

type WayOut = readonly [why: LeaveReason, leave: (spec: BenchSpec) => Bench];

const WAYS_OUT_OF_LEARNING: readonly WayOut[] = [
  [
    "could not connect to the leader",
    (spec) => {
      const b = diallingLearner(spec).advance(20_000);
      b.step({ kind: "dialFailed", connection: b.dialled, reason: "timeout" });
      return b;
    },
  ],
  [
    "connection to the leader lost",
    (spec) => {
      const b = registeredLearner(spec);
      b.step({ kind: "closed", connection: b.dialled });
      return b;
    },
  ],
  ["nothing heard from the leader", (spec) => registeredLearner(spec).advance(20_000)],
  [
    "the leader's epoch is lower than the one promised",
    (spec) => registeredLearner({ ...spec, disk: { acceptedEpoch: epoch(2) } }).told(leaderInfo(1)),
  ],
  ["unexpected packet", (spec) => registeredLearner(spec).told({ kind: "DIFF", zxid: ZERO_ZXID })],
  [
    "the log could not be truncated",
    (spec) => promisedLearner(spec).told({ kind: "TRUNC", zxid: makeZxid(1, 7) }),
  ],
  [
    "a proposal is missing",
    (spec) => {
      const twice = proposal(makeZxid(1, 1));
      return promisedLearner(spec).told({ kind: "DIFF", zxid: ZERO_ZXID }, twice, twice);
    },
  ],
];

const WAYS_OUT_OF_LEADING: readonly WayOut[] = [
  ["no quorum of followers within initLimit", () => waitingLeader().advance(20_000)],
  [
    "a voter looks again",
    () => {
      const b = waitingLeader({ maxTimeToWaitForEpochMs: 0 }).advance(1);
      b.joinedBy(1);
      b.accept("quorum", 2);
      b.hears(4, { votes: 4 });
      return b;
    },
  ],
  ["the new epoch was not acknowledged within initLimit", () => promisedLeader().b.advance(20_000)],
  [
    "the history was not acknowledged within initLimit",
    () => synchronizingLeader().b.advance(20_000),
  ],
  [
    "not sufficient followers synced",
    () => {
      const { b, one } = servingLeader();
      b.step({ kind: "closed", connection: one });
      return b.advance(2000);
    },
  ],
  [
    "zxids of the epoch are used up",
    () => {
      const { b } = servingLeader({ initialCounter: MAX_COUNTER });
      b.client().connect();
      return b;
    },
  ],
];

test("these are all ways out of a role", () => {
  const named = [...WAYS_OUT_OF_LEARNING, ...WAYS_OUT_OF_LEADING].map(([why]) => why);

  expect(named).toHaveLength(LEAVE_REASONS.length);
  expect(new Set(named)).toEqual(new Set(LEAVE_REASONS));
});

describe("every way out of a role leads to LOOKING, a new round and new votes (QuorumPeer.run)", () => {
  test.each([...WAYS_OUT_OF_LEARNING, ...WAYS_OUT_OF_LEADING])("%s", (why, leave) => {
    const b = leave({});

    expect(b.observed("roleLeft").map((o) => o.why)).toEqual([why]);
    expect([b.peer.state, b.peer.election.round]).toEqual(["LOOKING", 2]);
    expect(b.did("loopback").at(-1)).toMatch(/^to self: LOOKING 3, round 2,/);
    expectOnlyAnElection(b);
  });

  /** Nothing of the role is left: its timers, its connections, its port. */
  function expectOnlyAnElection(b: Bench): void {
    expect([...b.port.timers.keys()]).toEqual(["poll 0"]);
    expect([...b.service.timers.keys()].filter((timer) => timer !== "connectionExpiry")).toEqual(
      [],
    );
    expect([...b.port.listening]).toEqual(["election"]);
    const links = b.peer.connections.links.map((link) => link.connection);
    expect(new Set(b.port.open)).toEqual(new Set(links));
    expect([b.peer.leading, b.peer.learning]).toEqual([undefined, undefined]);
  }

  test("also while a learner pauses between two tries", () => {
    const b = diallingLearner({ tickMs: 100, initLimit: 3 });
    b.step({ kind: "dialFailed", connection: b.dialled, reason: "refused" });
    expect(b.due("connectRetry")).toBe(100);
    b.port.nowMs = 400;
    b.step({ kind: "timer", timer: "connectRetry", key: 0 });

    expectOnlyAnElection(b);
  });

  test("a dial that succeeds after the role ended is closed", () => {
    const b = diallingLearner();
    const late = b.dialled;
    b.advance(20_000);
    b.step({ kind: "dialFailed", connection: late, reason: "timeout" });
    b.forget();
    b.step({ kind: "connected", connection: late });

    expect(b.did()).toEqual(["close 5"]);
  });
});

describe("observers come back one by one (Observer.waitForObserverElectionDelay)", () => {
  test.each(WAYS_OUT_OF_LEARNING)("%s: a drawn delay comes first", (why, leave) => {
    const b = leave({ id: 6 });

    expect(b.observed("roleLeft")).toMatchObject([{ state: "OBSERVING", why }]);
    expect(b.port.drawnBelow).toBe(200);
    expect([b.peer.state, b.peer.election.round]).toEqual(["LOOKING", 1]);
    expect([...b.port.timers.keys()]).toEqual(["lookDelay 0"]);
    b.advance(1);

    expect(b.peer.election.round).toBe(2);
  });

  test("the election begins when the drawn time is over", () => {
    const b = registeredLearner({ id: 6 });
    b.port.nextDraw = 137;
    b.step({ kind: "closed", connection: b.dialled });
    b.forget();
    b.advance(136);
    expect(b.did()).toEqual([]);
    b.advance(1);

    expect(b.did("send")[0]).toBe(
      `to 1: LOOKING ${NOTHING}, round 2, zxid 0x8000000000000000, epoch ${NOTHING}`,
    );
  });

  test("what comes meanwhile waits for the election", () => {
    const b = registeredLearner({ id: 6 });
    b.port.nextDraw = 137;
    b.step({ kind: "closed", connection: b.dialled });
    b.hears(1, { votes: 4, round: 5 });
    expect(b.peer.election.round).toBe(1);
    b.advance(137);

    expect(b.peer.election.round).toBe(5);
    expect(b.peer.election.proposal.leader).toBe(4);
  });

  test("observer.election.DelayMs of 0 leaves the delay out", () => {
    const b = registeredLearner({ id: 6, observerElectionDelayMs: 0 });
    b.step({ kind: "closed", connection: b.dialled });

    expect(b.peer.election.round).toBe(2);
    expect(b.port.drawnBelow).toBeUndefined();
  });
});

describe("the round (logicalclock)", () => {
  test("a process that joined round 7 looks again in round 8", () => {
    const b = new Bench({ rules }).bootConnected();
    for (const sid of [1, 2]) b.hears(sid, { votes: 5, state: "FOLLOWING", round: 7 });
    b.hears(5, { votes: 5, state: "LEADING", round: 7 });
    b.step({ kind: "connected", connection: b.dialled });
    b.step({ kind: "closed", connection: b.dialled });

    expect(b.peer.election.round).toBe(8);
  });

  test("with a new round, votes and answers of the last election are forgotten", () => {
    const b = waitingLeader();
    b.hears(4, { votes: 4 });
    b.peer.election.outOfElection.set(b.ctx.config.id, b.peer.currentVote);
    b.advance(20_000);

    expect(b.peer.election.round).toBe(2);
    expect(b.peer.election.recvset.size).toBe(0);
    expect(b.peer.election.outOfElection.size).toBe(0);
  });

  test("after a crash it starts at 1, whatever it was: it is on no disk", () => {
    const b = new Bench({ rules }).bootConnected();
    b.hears(1, { votes: 1, round: 7 });
    const { acceptedEpoch, currentEpoch } = b.peer;
    const files = b.service.stored();
    const again = new Bench({ disk: { acceptedEpoch, currentEpoch, files } }).boot();

    expect([b.peer.election.round, again.peer.election.round]).toEqual([7, 1]);
  });
});

/** Five servers that talk to one another; what is sent arrives at once, in the order in which it was sent. */
class Ensemble {
  readonly benches: readonly Bench[];
  /** Both ends of every connection: the bench at the other one, and its own name for it. */
  readonly #ends = new Map<string, readonly [Bench, ConnectionId]>();
  readonly #inbox: (readonly [Bench, () => void])[] = [];
  readonly #taken = new Map<Bench, number>();
  readonly #before: (b: Bench) => void;

  constructor(before: (b: Bench) => void = () => {}) {
    this.#before = before;
    this.benches = [1, 2, 3, 4, 5].map((id) => new Bench({ id }));
  }

  boot(...ids: number[]): this {
    for (const id of ids) {
      const b = this.benches[id - 1] as Bench;
      this.#do(b, () => b.step({ kind: "boot" }));
    }
    this.settle();
    return this;
  }

  /** What is sent in the course of a grain arrives at its end. */
  advance(ms: number, grainMs = 1): this {
    for (let i = 0; i < ms; i += grainMs) {
      for (const b of this.benches) this.#do(b, () => b.advance(grainMs));
      this.settle();
    }
    return this;
  }

  /** Everything that is under way arrives, and what comes of that. */
  settle(): void {
    for (const b of this.benches) this.#collect(b);
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
      this.#do(...next);
    }
  }

  #do(b: Bench, action: () => void): void {
    this.#before(b);
    action();
    this.#collect(b);
  }

  #collect(b: Bench): void {
    const { effects } = b.port;
    const from = this.#taken.get(b) ?? 0;
    this.#taken.set(b, effects.length);
    for (const effect of effects.slice(from)) this.#carry(b, effect);
  }

  #carry(b: Bench, effect: Effect): void {
    switch (effect.kind) {
      case "dial": {
        const { connection, port } = effect;
        const to = this.benches[effect.to - 1] as Bench;
        if (!to.port.listening.has(port)) {
          this.#inbox.push([
            b,
            () => b.step({ kind: "dialFailed", connection, reason: "refused" }),
          ]);
          return;
        }
        const accepted = to.port.newConnection(b.ctx.config.id);
        this.#ends.set(`${b.ctx.config.id} ${connection}`, [to, accepted]);
        this.#ends.set(`${to.ctx.config.id} ${accepted}`, [b, connection]);
        this.#inbox.push([to, () => to.step({ kind: "accepted", connection: accepted, port })]);
        this.#inbox.push([b, () => b.step({ kind: "connected", connection })]);
        return;
      }
      case "send":
      case "close": {
        const end = this.#ends.get(`${b.ctx.config.id} ${effect.connection}`);
        if (end === undefined) return;
        const [to, connection] = end;
        if (effect.kind === "close") {
          this.#inbox.push([to, () => to.step({ kind: "closed", connection })]);
        } else {
          this.#inbox.push([to, () => to.receive(connection, effect.message)]);
        }
        return;
      }
      case "loopback":
        this.#inbox.push([b, () => b.step({ kind: "loopback", message: effect.message })]);
        return;
      case "write":
        this.#inbox.push([b, () => b.diskDid(effect.file)]);
        return;
      case "force":
      case "snapshot":
      case "truncate":
        this.#inbox.push([b, () => b.diskDid(effect.kind)]);
        return;
      case "listen":
      case "unlisten":
      case "append":
      case "toClient":
      case "closeClient":
        return;
      case "exit":
        throw new Error(`${b.ctx.config.id} ended itself: ${effect.why}`);
    }
  }
}

function outcome(ensemble: Ensemble): string[] {
  return ensemble.benches.map((b) => {
    const { peer } = b;
    const phase = peer.leading?.phase ?? peer.learning?.phase;
    const of = `${peer.state} ${peer.currentVote.leader}, ${phase}`;
    return `${of}, epoch ${peer.acceptedEpoch} ${peer.currentEpoch}, ${b.lastZxid}`;
  });
}

const FOLLOWS_5 = "FOLLOWING 5, serving, epoch 1 1, 0x0";
const FIVE_AT_ONCE = [
  ...Array<string>(4).fill(FOLLOWS_5),
  "LEADING 5, broadcast, epoch 1 1, 0x100000000",
];

describe("five servers", () => {
  test("of five that boot at once on empty disks, 5 leads epoch 1, and the others keep zxid 0", () => {
    const ensemble = new Ensemble().boot(1, 2, 3, 4, 5).advance(2500);

    expect(outcome(ensemble)).toEqual(FIVE_AT_ONCE);
  });

  test("of five that boot in order, 3 leads, and those that come late get a snapshot of (1,0)", () => {
    const ensemble = new Ensemble();
    for (const id of [1, 2, 3, 4, 5]) ensemble.boot(id).advance(1000);

    expect(outcome(ensemble)).toEqual([
      "FOLLOWING 3, serving, epoch 1 1, 0x0",
      "FOLLOWING 3, serving, epoch 1 1, 0x0",
      "LEADING 3, broadcast, epoch 1 1, 0x100000000",
      "FOLLOWING 3, serving, epoch 1 1, 0x100000000",
      "FOLLOWING 3, serving, epoch 1 1, 0x100000000",
    ]);
    const modes = ensemble.benches[2]?.observed("learnerSynced").map((o) => [o.learner, o.mode]);
    expect(Object.fromEntries(modes ?? [])).toEqual({ 1: "DIFF", 2: "DIFF", 4: "SNAP", 5: "SNAP" });
  });

  test("what a client writes through a follower, all have, in their trees and on their disks", () => {
    const ensemble = new Ensemble().boot(1, 2, 3, 4, 5).advance(2500);
    const two = ensemble.benches[1] as Bench;
    const client = two.client();
    client.connect();
    ensemble.settle();
    client.send(req.create("/a"));
    client.send(req.sync("/a"));
    client.send(req.getData("/a"));
    ensemble.settle();

    expect(client.log()).toEqual(["session", "reply 1", "reply 2", "reply 3"]);
    const digests = ensemble.benches.map(({ peer }) => treeDigest(peer.database.tree));
    expect(new Set(digests).size).toBe(1);
    for (const b of ensemble.benches) expect(b.logged).toEqual(["0x100000001", "0x100000002"]);
  });

  test("nobody changes a message that goes out or an input that comes in", () => {
    const ensemble = new Ensemble().boot(1, 2, 3, 4, 5);
    // The benches freeze all of them, so that a change throws.
    const sent = () => ensemble.benches.flatMap(({ port }) => [...port.effects, ...port.observed]);
    const early = sent();
    const then = structuredClone(early);
    ensemble.advance(2500);
    const messages = sent().flatMap((effect) => ("message" in effect ? [effect.message] : []));

    expect(early).toEqual(then);
    expect(messages.every((message) => Object.isFrozen(message))).toBe(true);
    expect(new Set(messages.map((message) => message.kind))).toEqual(
      new Set([
        "InitialMessage",
        "Notification",
        "FOLLOWERINFO",
        "LEADERINFO",
        "ACKEPOCH",
        "DIFF",
        "NEWLEADER",
        "ACK",
        "UPTODATE",
        "PING",
      ]),
    );
  });

  test("the bench notices a change: its messages and inputs can't be changed", () => {
    const b = new Bench().boot();
    const own = b.port.effects.find((effect) => effect.kind === "loopback");

    expect(() => Object.assign(own?.message ?? {}, { leader: 1 })).toThrow(TypeError);
  });

  test("a peer is plain data: a clone before every single step makes no difference", () => {
    const cloned = new Ensemble((b) => {
      const copy = structuredClone(b.peer);
      expect(copy).toEqual(b.peer);
      b.peer = copy;
    });
    const plain = new Ensemble();
    for (const ensemble of [cloned, plain]) {
      ensemble.boot(1, 2, 3).advance(300, 20);
      const client = (ensemble.benches[1] as Bench).client();
      client.connect();
      client.send(req.create("/a"));
      ensemble.boot(4, 5).advance(300, 20);
    }

    expect(outcome(cloned)).toEqual(outcome(plain));
    expect(cloned.benches[4]?.logged).toEqual(plain.benches[4]?.logged);
    for (const [i, { port }] of cloned.benches.entries()) {
      expect(port.effects).toEqual(plain.benches[i]?.port.effects);
      expect(port.observed).toEqual(plain.benches[i]?.port.observed);
    }
  });
});
