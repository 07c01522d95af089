import { describe, expect, test } from "vitest";
import { BUGS } from "../../core/server/bugs.ts";
import { makeZxid, type Zxid } from "../../core/zxid.ts";
import type { ZabProperty } from "../../sim/check/zab.ts";
import { play, type Plot } from "./story.ts";

/**
 * Every bug of `vivarium bugs`, by the story that ZooKeeper's issue tells of it: with the rule switched off somebody
 * notices, with the rule the same steps end well. What shows first is often what a disk holds, since that is looked at
 * as soon as its server acknowledges a history; what users would see of it comes later. Servers vote by epoch, then
 * zxid, then id, so that of equals the one with the highest id leads.
 */

/** The transactions (epoch, 1) to (epoch, last). */
function upTo(epoch: number, last: number): Zxid[] {
  return Array.from({ length: last }, (_, i) => makeZxid(epoch, i + 1));
}

const told = new Set<string>();

/**
 * The bug is noticed by the first property, and without that one by the next, and so on; what `vivarium bugs` says that
 * it breaks is one of them. Without the bug all is well.
 */
function isNoticed(bug: string, plot: Plot, ...properties: string[]): void {
  told.add(bug);
  test(`what ${bug} breaks is among what notices it`, () => {
    expect(properties).toContain(BUGS.find(({ name }) => name === bug)?.breaks);
  });
  for (const [i, property] of properties.entries()) {
    const before = properties.slice(0, i);
    const besides = before.length === 0 ? "" : `, even if nobody looks at "${before.join('", "')}"`;
    test(`with ${bug}, "${property}" is broken${besides}`, () => {
      expect(play(plot, [bug], before as ZabProperty[])?.property).toBe(property);
    });
  }
  test("with the rule, the same story ends well", () => {
    expect(play(plot, [])).toBeUndefined();
  });
}

describe("ZOOKEEPER-1419: votes of equal zxid and different epochs beat each other", () => {
  const plot: Plot = {
    opening: {
      voters: 5,
      disks: {
        1: { zxids: upTo(1, 5), currentEpoch: 2 },
        2: { zxids: upTo(1, 5) },
        3: { zxids: upTo(1, 5) },
        4: { zxids: upTo(1, 5) },
        5: { zxids: upTo(1, 5) },
      },
    },
    play(story) {
      // 1 has the later epoch, 5 the larger id. Whoever hears both changes its vote each time.
      story.boot(1, 2, 3, 4, 5);
      story.serve(1, 2, 3, 4, 5);
    },
  };
  isNoticed("feOrder", plot, "votes rise within a round");
});

describe("ZOOKEEPER-335: no promise of an epoch is kept", () => {
  const plot: Plot = {
    opening: { voters: 3, clients: { alice: [3] }, disks: seeded(3, upTo(1, 10)) },
    play(story) {
      story.boot(1, 2, 3);
      story.serve(1, 2, 3);
      // 3 leads epoch 2, and logs its first transaction alone.
      story.crash(1, 2);
      story.comes("alice");
      story.until("3 has logged (2,1)", () => story.hasLogged(3, makeZxid(2, 1)));
      story.crash(3);
      // 1 and 2 know nothing of it. Whoever leads them now must not call its own epoch 2.
      story.boot(1, 2);
      story.serve(1, 2);
    },
  };
  // The epoch that is not on disk shows before it is used again.
  isNoticed("noPromise", plot, "honest acknowledgements", "epochs rise", "one leader an epoch");
});

describe("ZOOKEEPER-790: a leader without followers keeps a zxid that it never earned", () => {
  const plot: Plot = {
    opening: {
      voters: 5,
      clients: { alice: [3] },
      disks: { ...seeded(5, upTo(1, 4)), 3: { zxids: upTo(1, 5) } },
    },
    play(story) {
      // 3 leads epoch 2, and all have its history up to (1,5).
      story.boot(1, 2, 3, 4, 5);
      story.serve(1, 2, 3, 4, 5);
      story.crash(5);
      story.boot(5);
      story.cut([5], [1, 2, 3, 4]);
      // First 4 and then 2 comes back, meets 5 alone, votes for it, and is gone again. 3 keeps a quorum all the time.
      for (const voter of [4, 2]) {
        const others = [1, 2, 3, 4].filter((id) => id !== voter);
        story.crash(voter);
        story.runs(10);
        story.cut([voter], others);
        story.mend([voter], [5]);
        story.boot(voter);
        story.until(`${voter} votes for 5`, () => story.view(voter).vote?.leader === 5);
        story.runs(100);
        story.crash(voter);
        story.runs(10);
        story.cut([voter], [5]);
        story.mend([voter], others);
        story.boot(voter);
        story.serve(1, 2, 3, 4);
      }
      // So 5 is elected, and nobody follows it. Meanwhile 3 commits what 5 never sees.
      story.until("5 is elected", () => story.view(5).state === "LEADING");
      story.connects("alice");
      story.writes("alice");
      story.until("5 has given up", () => story.view(5).state === "LOOKING");
      // All but 3 meet, and elect who has most. With the zxid of a leader of epoch 3, that would be 5.
      story.crash(3);
      story.mend([5], [1, 2, 4]);
      story.serve(1, 2, 4, 5);
    },
  };
  isNoticed("zxidBeforeQuorum", plot, "committed stays");
});

describe("ZOOKEEPER-1154: DIFF to a learner with a transaction that nobody else has", () => {
  const plot: Plot = {
    opening: {
      voters: 3,
      clients: { alice: [2] },
      // 3 led epoch 7 and logged (7,4) alone; then all crashed.
      disks: { ...seeded(2, upTo(7, 3)), 3: { zxids: upTo(7, 4) } },
    },
    play(story) {
      story.boot(1, 2);
      story.serve(1, 2);
      story.connects("alice");
      // (7,4) lies between the ends of what 2 remembers, (7,1) and (8,1), and is none of it.
      story.boot(3);
      story.serve(1, 2, 3);
    },
  };
  isNoticed("diffNoTrunc", plot, "prefix");
});

describe("ZOOKEEPER-2355: a learner claims what was announced and never arrived", () => {
  const plot: Plot = {
    opening: {
      voters: 3,
      disks: { ...seeded(3, upTo(1, 5)), 1: { zxids: upTo(1, 3) } },
    },
    play(story) {
      story.boot(2, 3);
      story.serve(2, 3);
      story.boot(1);
      story.until("1 has read DIFF", () => story.peer(1).learning?.syncMode === "DIFF");
      story.reset(1, 3);
      story.until("1 looks again", () => story.view(1).state === "LOOKING");
      story.serve(1, 2, 3);
    },
  };
  // It acknowledges a history of which its disk has a part, before it serves with a tree of which that is true.
  isNoticed("diffSetsZxid", plot, "honest acknowledgements", "state determinism");
});

describe("ZOOKEEPER-2845: a leader steps down and forgets what it logged alone", () => {
  const plot: Plot = {
    opening: { voters: 3, clients: { alice: [3] }, disks: seeded(3, upTo(1, 4)) },
    play(story) {
      story.boot(1, 2, 3);
      story.serve(1, 2, 3);
      story.connects("alice");
      story.runs(100);
      // 3 is cut off and logs (2,2) alone. It steps down, but its process lives on.
      story.cut([3], [1, 2]);
      story.asks("alice");
      story.until("3 has logged (2,2)", () => story.hasLogged(3, makeZxid(2, 2)));
      story.until("2 leads", () => story.world.leader?.id === 2);
      story.until("3 has stepped down", () => story.view(3).state === "LOOKING");
      story.mend([3], [1, 2]);
      story.serve(1, 2, 3);
    },
  };
  isNoticed("keepDirtyMemory", plot, "prefix");
});

describe("ZOOKEEPER-3911: a follower acknowledges what only its memory has", () => {
  const plot: Plot = {
    opening: {
      voters: 3,
      disks: { ...seeded(2, upTo(1, 1)), 3: { zxids: upTo(1, 4) } },
      forceMs: { 1: 20, 2: 20 },
    },
    play(story) {
      // 3 alone has (1,2) to (1,4). It leads, 1 and 2 say that they have it all, and so it is committed.
      story.boot(1, 2, 3);
      story.serve(3);
      story.crash(1, 2, 3);
      story.boot(1, 2);
      story.serve(1, 2);
    },
  };
  isNoticed("ackBeforeLog", plot, "honest acknowledgements", "committed stays");
});

describe("ZOOKEEPER-4643: a crash leaves the new epoch and the old history", () => {
  const plot: Plot = {
    opening: { voters: 3, disks: { ...seeded(3, upTo(1, 9)), 1: { zxids: upTo(1, 1) } } },
    play(story) {
      // 2 and 3 have (1,2) to (1,9), which are committed with that; 1 has only (1,1).
      story.boot(2, 3);
      story.serve(2, 3);
      story.crash(2);
      story.until("3 has lost its quorum", () => story.view(3).state === "LOOKING");
      // 3 leads epoch 3 and has 1 write two things, the log and the epoch. It dies when the first of them is done.
      story.boot(1);
      story.until(
        "1 has written one of the two",
        () => story.view(1).currentEpoch === 3 || story.hasLogged(1, makeZxid(1, 9)),
      );
      // What was appended and not forced may have got to the disk or not. All of it seldom does.
      story.crash(1, 3);
      // With the epoch of 3's leadership and without (1,9), 1 would still be better than 2.
      story.boot(1, 2);
      story.serve(1, 2);
    },
  };
  isNoticed("epochBeforeLog", plot, "committed stays");
});

describe("ZOOKEEPER-4685: a proposal is acknowledged before NEWLEADER is", () => {
  const plot: Plot = {
    opening: {
      voters: 3,
      disks: { ...seeded(1, upTo(1, 1)), 2: { zxids: upTo(1, 2) } },
    },
    play(story) {
      // 2 has one transaction more than 1, whose log is as quick as its epoch file.
      story.boot(1, 2);
      story.serve(1, 2);
      story.nobodyLeaves("the history was not acknowledged within initLimit");
    },
  };
  // Safe, but for nothing: the next election finds 1 with all of it.
  isNoticed("ackProposalFirst", plot, "leader activates");
});

describe("ZOOKEEPER-4712: the log of a role that has ended goes on writing", () => {
  const plot: Plot = {
    opening: {
      voters: 3,
      clients: { alice: [3] },
      disks: seeded(3, upTo(1, 4)),
      forceMs: { 1: 500 },
    },
    play(story) {
      story.boot(1, 2, 3);
      story.serve(1, 2, 3);
      story.connects("alice");
      // 2 hears no more; 1 forces (2,2), and (2,3) waits for its turn.
      story.cut([2], [3]);
      story.runs(1000);
      story.asks("alice");
      story.asks("alice");
      story.until("(2,3) waits in 1", () => story.peer(1).service.log.queued.length === 1);
      story.crash(3);
      story.serve(1, 2);
    },
  };
  // (2,3) is in the log behind the back of 1, whose vote and whose memory end with (2,2).
  isNoticed("fastForwardEarly", plot, "prefix");
});

describe("ZOOKEEPER-1653: a crash between a history and its epoch is the end of a server", () => {
  const plot: Plot = {
    opening: { voters: 3, disks: { ...seeded(3, upTo(1, 4)), 1: { zxids: [] } } },
    play(story) {
      story.boot(2, 3);
      story.serve(2, 3);
      // 1 has nothing and gets a snapshot of epoch 2. It dies when that is on its disk, and its epoch is not.
      story.boot(1);
      story.until("1 has the snapshot", () => story.hasSnapshot(1, makeZxid(2, 0)));
      story.crash(1);
      story.starts(1);
      story.serve(1, 2, 3);
    },
  };
  isNoticed("epochAfterSnapshot", plot, "servers join");
});

describe("a leader counts an acknowledgement of what it has had truncated since", () => {
  const mine = makeZxid(2, 2);
  const plot: Plot = {
    opening: {
      voters: 3,
      clients: { alice: [3] },
      disks: seeded(3, upTo(1, 4)),
      forceMs: { 2: 3000, 3: 1000 },
    },
    play(story) {
      story.boot(1, 2, 3);
      story.serve(1, 2, 3);
      story.connects("alice");
      story.runs(10_000);
      // 1 has acknowledged (2,2), the others are still writing it. It loses its leader and comes back to it.
      story.asks("alice");
      story.until("1 has logged (2,2)", () => story.hasLogged(1, mine));
      story.runs(10);
      story.reset(1, 3);
      // Nothing behind (2,1) is committed, so that 1 has to give it up. It dies before it has it again.
      story.until("1 has truncated", () => !story.hasLogged(1, mine));
      story.crash(1);
      story.until("3 has logged (2,2)", () => story.hasLogged(3, mine));
      story.crash(3);
      story.boot(1);
      story.serve(1, 2);
    },
  };
  isNoticed("staleAcks", plot, "committed stays");
});

describe("ZOOKEEPER-1549: a truncated transaction comes back out of a snapshot", () => {
  const dirty = makeZxid(1, 7);
  const plot: Plot = {
    opening: {
      voters: 3,
      // 3 led, and logged (1,7) alone.
      disks: { ...seeded(2, upTo(1, 6)), 3: { zxids: upTo(1, 7) } },
    },
    play(story) {
      // Elected by one vote more than its own, it writes a snapshot before anybody follows it.
      story.boot(1, 3);
      story.until("3 has a snapshot of (1,7)", () => story.hasSnapshot(3, dirty));
      story.crash(1, 3);
      story.boot(1, 2);
      story.serve(1, 2);
      story.boot(3);
      story.serve(1, 2, 3);
    },
  };
  isNoticed("truncKeepsSnapshot", plot, "prefix", "state determinism");
});

describe("the target of a truncation is missing, and what comes next stays", () => {
  const plot: Plot = {
    opening: {
      voters: 3,
      clients: { alice: [2, 3] },
      disks: seeded(2, upTo(1, 5)),
    },
    play(story) {
      story.boot(1, 2);
      story.serve(1, 2);
      story.connects("alice");
      // 3 comes with an empty disk, gets a snapshot of (2,1), and has no log.
      story.boot(3);
      story.serve(1, 2, 3);
      // 3 leads epoch 3, and alice goes on with her session there.
      story.crash(2);
      story.serve(1, 3);
      story.until("alice is at 3", () => story.client("alice").client?.phase === "established");
      // The first transaction in its log is one that nobody else has.
      story.crash(1);
      story.asks("alice");
      story.until("3 has logged (3,1)", () => story.hasLogged(3, makeZxid(3, 1)));
      story.crash(3);
      story.boot(1, 2);
      story.serve(1, 2);
      story.boot(3);
      story.serve(1, 2, 3);
    },
  };
  isNoticed("truncMissingTarget", plot, "prefix", "state determinism");
});

test("there is a story of every bug", () => {
  expect(told).toEqual(new Set(BUGS.map(({ name }) => name)));
});

/** The same transactions on the disks of the servers from 1 on. */
function seeded(
  servers: number,
  zxids: readonly Zxid[],
): Record<number, { zxids: readonly Zxid[] }> {
  return Object.fromEntries(Array.from({ length: servers }, (_, i) => [i + 1, { zxids }]));
}
