import { describe, expect, test } from "vitest";
import { epoch, round, serverId } from "../../core/ids.ts";
import { makeZxid } from "../../core/zxid.ts";
import { majorityOf } from "./election.ts";
import { livenessBounds, type LivenessProperty, ZabLiveness } from "./zab-liveness.ts";

const TIMING = { tickMs: 2000, initLimit: 10, syncLimit: 5, messageMs: 10 };
const BOUNDS = livenessBounds(TIMING);

/** Three voters and observer 4; the faults stop at 1 s. */
class Play {
  readonly promised = new Map<number, number>();
  readonly down = new Set<number>();
  readonly liveness: ZabLiveness;
  readonly start = 1_000_000;

  constructor() {
    const voters = [1, 2, 3];
    this.liveness = new ZabLiveness({
      voters,
      isQuorum: majorityOf(voters),
      timing: TIMING,
      world: {
        isUp: (server) => !this.down.has(server),
        acceptedEpoch: (server) => this.promised.get(server) ?? 1,
      },
    });
    this.liveness.faultsStopped(this.start, [1, 2, 3, 4]);
  }

  elect(server: number, leader: number): void {
    this.liveness.observed(server, this.start, 1, {
      kind: "elected",
      state: server === leader ? "LEADING" : "FOLLOWING",
      leader: serverId(leader),
      zxid: makeZxid(0, 0),
      round: round(1),
      peerEpoch: epoch(0),
      how: "votes",
      supporters: [],
      tookMs: 200,
    });
  }

  serve(server: number, leader: number): void {
    this.liveness.observed(server, this.start, 1, {
      kind: "serving",
      state: server === leader ? "LEADING" : "FOLLOWING",
      leader: serverId(leader),
      epoch: epoch(1),
      zxid: makeZxid(1, 0),
    });
  }

  leave(server: number, time: number): void {
    const why = "connection to the leader lost";
    this.liveness.observed(server, time, 1, { kind: "roleLeft", state: "FOLLOWING", why });
  }

  settle(servers: readonly number[] = [1, 2, 3, 4]): void {
    for (const server of servers) {
      this.elect(server, 3);
      this.serve(server, 3);
    }
  }

  /** What is found missing right after that bound, and that it was not missed before. */
  missing(bound: number): LivenessProperty | undefined {
    expect(this.liveness.check(this.start + bound, 7)).toBeUndefined();
    return this.liveness.check(this.start + bound + 1, 7)?.property;
  }
}

test("the bounds of ZooKeeper's sample configuration, in ms", () => {
  const ms = Object.entries(BOUNDS).map(([name, us]) => [name, us / 1000]);
  const elected = 60_000 + 60_000 + 20_000 + 2200;
  expect(Object.fromEntries(ms)).toEqual({
    elected,
    broadcasting: elected + 60_000,
    serving: elected + 60_000 + 20_000 + 60_000,
    answered: 24_110,
    left: 24_010,
  });
});

test("a leader, and all serve", () => {
  const play = new Play();
  play.settle();
  expect(play.missing(BOUNDS.serving)).toBeUndefined();
});

test("nothing is asked while there are faults", () => {
  const play = new Play();
  play.liveness.faultsBegan();
  expect(play.missing(BOUNDS.serving)).toBeUndefined();
});

describe("election ends", () => {
  test("a voter has no leader", () => {
    const play = new Play();
    play.elect(3, 3);
    play.elect(2, 3);
    expect(play.missing(BOUNDS.elected)).toBe("election ends");
  });

  test("two are followed", () => {
    const play = new Play();
    play.settle();
    play.elect(1, 1);
    expect(play.missing(BOUNDS.elected)).toBe("election ends");
  });

  test("an observer, one that is down, and one that is cut off are not waited for", () => {
    const play = new Play();
    play.settle([2, 3]);
    play.down.add(1);
    expect(play.missing(BOUNDS.broadcasting)).toBeUndefined();
  });

  test("nor is one that promised a later epoch and so refuses the leader", () => {
    const play = new Play();
    play.settle([2, 3, 4]);
    play.promised.set(1, 2);
    play.leave(1, play.start + BOUNDS.serving + 1);
    expect(play.missing(BOUNDS.serving)).toBeUndefined();
  });
});

test("leader activates", () => {
  const play = new Play();
  for (const server of [1, 2, 3]) play.elect(server, 3);
  expect(play.missing(BOUNDS.broadcasting)).toBe("leader activates");
});

test("servers join", () => {
  const play = new Play();
  play.settle([1, 2, 3]);
  expect(play.missing(BOUNDS.serving)).toBe("servers join");
});

test("requests are answered", () => {
  const play = new Play();
  play.settle();
  play.liveness.probed(1, play.start);
  play.liveness.probed(2, play.start);
  play.liveness.answered(1);
  expect(play.missing(BOUNDS.answered)).toBe("requests are answered");
  expect(play.liveness.violation?.message).toBe("request 2, sent at 1000000 µs, is not answered");
});

describe("roles end", () => {
  test.each([3, 1])("of server %i, which reaches no quorum", (server) => {
    const play = new Play();
    play.settle();
    play.liveness.isolated(server, play.start);
    expect(play.missing(BOUNDS.left)).toBe("roles end");
  });

  test("it leaves, or it comes back", () => {
    const play = new Play();
    play.settle();
    play.liveness.isolated(3, play.start);
    play.liveness.isolated(1, play.start);
    play.leave(3, play.start);
    play.liveness.reaches(1);
    expect(play.missing(BOUNDS.left)).toBeUndefined();
  });
});

test("peace lasts", () => {
  const play = new Play();
  play.settle();
  play.leave(1, play.start + BOUNDS.serving);
  play.settle();
  expect(play.liveness.violation).toBeUndefined();
  play.leave(1, play.start + BOUNDS.serving + 1);
  expect(play.liveness.violation).toMatchObject({ property: "peace lasts", servers: [1] });
});
