import { describe, expect, test } from "vitest";
import { Bench, type BenchSpec, type Effect } from "../../test/support/recording-port.ts";
import { ELECTION_RULES } from "../election/rules.ts";
import { epoch, NOTHING } from "../ids.ts";
import { makeZxid } from "../zxid.ts";
import type { LeaveReason } from "./observations.ts";
import type { ConnectionId, Input } from "./port.ts";

const rules = { ...ELECTION_RULES, finalizeWaitMs: 0 };

/** Server 3 of the voters 1 to 5 leads since time 0. */
function leading(spec: BenchSpec = {}): Bench {
  const b = new Bench({ rules, observers: 1, ...spec }).bootConnected();
  b.loopBack();
  for (const voter of [1, 2]) b.hears(voter, { votes: 3 });
  expect(b.peer.state).toBe("LEADING");
  return b;
}

/** A server that has told 5, its leader since time 0, of itself. */
function learning(spec: BenchSpec = {}): Bench {
  const b = new Bench({ rules, observers: 1, ...spec }).bootConnected();
  for (const voter of [5, 4, 2]) b.hears(voter, { votes: 5 });
  b.step({ kind: "connected", connection: b.dialled });
  return b;
}

function established(): Bench {
  const b = leading();
  b.joinedBy(1);
  b.joinedBy(2);
  b.step({ kind: "written", file: "acceptedEpoch" });
  return b;
}

function offered(b: Bench, newEpoch: number): void {
  const zxid = makeZxid(newEpoch, 0);
  b.receive(b.dialled, { kind: "LEADERINFO", zxid, protocolVersion: 0x10000 });
}

type WayOut = readonly [why: LeaveReason, leave: (spec: BenchSpec) => Bench];

const WAYS_OUT_OF_LEARNING: readonly WayOut[] = [
  [
    "could not connect to the leader",
    (spec) => {
      const b = new Bench({ rules, observers: 1, ...spec }).bootConnected();
      for (const voter of [5, 4, 2]) b.hears(voter, { votes: 5 });
      b.advance(20_000);
      b.step({ kind: "dialFailed", connection: b.dialled, reason: "timeout" });
      return b;
    },
  ],
  [
    "connection to the leader lost",
    (spec) => {
      const b = learning(spec);
      b.step({ kind: "closed", connection: b.dialled });
      return b;
    },
  ],
  ["nothing heard from the leader", (spec) => learning(spec).advance(20_000)],
  [
    "the leader's epoch is lower than the one promised",
    (spec) => {
      const b = learning({ ...spec, disk: { acceptedEpoch: epoch(2) } });
      offered(b, 1);
      return b;
    },
  ],
  [
    "unexpected packet",
    (spec) => {
      const b = learning({ ...spec, disk: { acceptedEpoch: epoch(2) } });
      offered(b, 2);
      offered(b, 2);
      return b;
    },
  ],
];

const WAYS_OUT_OF_LEADING: readonly WayOut[] = [
  ["no quorum of followers within initLimit", () => leading().advance(20_000)],
  [
    "a voter looks again",
    () => {
      const b = leading({ maxTimeToWaitForEpochMs: 0 }).advance(1);
      b.joinedBy(1);
      b.accept("quorum", 2);
      b.hears(4, { votes: 4 });
      return b;
    },
  ],
  [
    "not sufficient followers synced",
    () => {
      const b = established();
      const [handler] = b.peer.leading?.handlers ?? [];
      if (handler !== undefined) b.step({ kind: "closed", connection: handler.connection });
      return b.advance(2000);
    },
  ],
];

describe("every way out of a role leads to LOOKING, a new round and new votes (zab.md §1.2)", () => {
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
    expect([...b.port.listening]).toEqual(["election"]);
    const links = b.peer.connections.links.map((link) => link.connection);
    expect(new Set(b.port.open)).toEqual(new Set(links));
    expect([b.peer.leading, b.peer.learning]).toEqual([undefined, undefined]);
  }

  test("also while a learner pauses between two tries", () => {
    const b = new Bench({ rules, tickMs: 100, initLimit: 3 }).bootConnected();
    for (const voter of [5, 4, 2]) b.hears(voter, { votes: 5 });
    b.step({ kind: "dialFailed", connection: b.dialled, reason: "refused" });
    expect(b.due("connectRetry")).toBe(100);
    b.port.nowMs = 400;
    b.step({ kind: "timer", timer: "connectRetry", key: 0 });

    expectOnlyAnElection(b);
  });

  test("a dial that succeeds after the role ended is closed", () => {
    const b = new Bench({ rules }).bootConnected();
    for (const voter of [5, 4, 2]) b.hears(voter, { votes: 5 });
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
    const b = learning({ id: 6 });
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
    const b = learning({ id: 6 });
    b.port.nextDraw = 137;
    b.step({ kind: "closed", connection: b.dialled });
    b.hears(1, { votes: 4, round: 5 });
    expect(b.peer.election.round).toBe(1);
    b.advance(137);

    expect(b.peer.election.round).toBe(5);
    expect(b.peer.election.proposal.leader).toBe(4);
  });

  test("observer.election.DelayMs of 0 leaves the delay out", () => {
    const b = learning({ id: 6, observerElectionDelayMs: 0 });
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
    const b = leading();
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
    const { acceptedEpoch, currentEpoch, lastProcessedZxid: lastZxid } = b.peer;
    const again = new Bench({ disk: { acceptedEpoch, currentEpoch, lastZxid } }).boot();

    expect([b.peer.election.round, again.peer.election.round]).toEqual([7, 1]);
  });
});

/** Five servers that talk to one another; what is sent arrives at once, in the order in which it was sent. */
class Ensemble {
  readonly benches: readonly Bench[];
  /** Both ends of every connection: the index of the bench, and its own name for it. */
  readonly #ends = new Map<string, readonly [Bench, ConnectionId]>();
  readonly #inbox: (readonly [Bench, Input])[] = [];
  readonly #taken = new Map<Bench, number>();
  readonly #before: (b: Bench) => void;

  constructor(before: (b: Bench) => void = () => {}) {
    this.#before = before;
    this.benches = [1, 2, 3, 4, 5].map((id) => new Bench({ id }));
    for (const b of this.benches) this.#step(b, { kind: "boot" });
    this.#settle();
  }

  advance(ms: number): void {
    for (let i = 0; i < ms; i++) {
      for (const b of this.benches) {
        this.#before(b);
        b.advance(1);
        this.#collect(b);
      }
      this.#settle();
    }
  }

  #settle(): void {
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
      this.#step(...next);
    }
  }

  #step(b: Bench, input: Input): void {
    this.#before(b);
    b.step(input);
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
      case "listen":
      case "unlisten":
        return;
      case "dial": {
        const { connection, port } = effect;
        const to = this.benches[effect.to - 1] as Bench;
        if (!to.port.listening.has(port)) {
          this.#inbox.push([b, { kind: "dialFailed", connection, reason: "refused" }]);
          return;
        }
        const accepted = to.port.newConnection(b.ctx.config.id);
        this.#ends.set(`${b.ctx.config.id} ${connection}`, [to, accepted]);
        this.#ends.set(`${to.ctx.config.id} ${accepted}`, [b, connection]);
        this.#inbox.push([to, { kind: "accepted", connection: accepted, port }]);
        this.#inbox.push([b, { kind: "connected", connection }]);
        return;
      }
      case "send":
      case "close": {
        const end = this.#ends.get(`${b.ctx.config.id} ${effect.connection}`);
        if (end === undefined) return;
        const [to, connection] = end;
        if (effect.kind === "close") this.#inbox.push([to, { kind: "closed", connection }]);
        else this.#inbox.push([to, { kind: "message", connection, message: effect.message }]);
        return;
      }
      case "loopback":
        this.#inbox.push([b, { kind: "loopback", message: effect.message }]);
        return;
      case "write":
        this.#inbox.push([b, { kind: "written", file: effect.file }]);
        return;
    }
  }
}

function outcome(ensemble: Ensemble): string[] {
  return ensemble.benches.map(({ peer }) => {
    const phase = peer.leading?.phase ?? peer.learning?.phase;
    return `${peer.state} ${peer.currentVote.leader}, ${phase}, epoch ${peer.acceptedEpoch}`;
  });
}

const FOLLOWS_5 = "FOLLOWING 5, following, epoch 1";
const FIVE_AT_ONCE = [...Array<string>(4).fill(FOLLOWS_5), "LEADING 5, established, epoch 1"];

describe("five servers", () => {
  test("of five that boot at once on empty disks, 5 leads epoch 1 (zab.md §3.9 a)", () => {
    const ensemble = new Ensemble();
    ensemble.advance(2500);

    expect(outcome(ensemble)).toEqual(FIVE_AT_ONCE);
  });

  test("nobody changes a message that goes out or an input that comes in", () => {
    const ensemble = new Ensemble();
    // The benches freeze all of them, so that a change throws.
    const sent = () => ensemble.benches.flatMap(({ port }) => [...port.effects, ...port.observed]);
    const early = sent();
    const then = JSON.stringify(early);
    ensemble.advance(2500);
    const messages = sent().flatMap((effect) => ("message" in effect ? [effect.message] : []));

    expect(JSON.stringify(early)).toBe(then);
    expect(messages.every((message) => Object.isFrozen(message))).toBe(true);
    expect(new Set(messages.map((message) => message.kind))).toEqual(
      new Set(["InitialMessage", "Notification", "FOLLOWERINFO", "LEADERINFO", "PING"]),
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
    cloned.advance(2500);
    plain.advance(2500);

    expect(outcome(cloned)).toEqual(FIVE_AT_ONCE);
    for (const [i, { port }] of cloned.benches.entries()) {
      expect(port.effects).toEqual(plain.benches[i]?.port.effects);
      expect(port.observed).toEqual(plain.benches[i]?.port.observed);
    }
  });
});
