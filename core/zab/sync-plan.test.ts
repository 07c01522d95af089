import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NO_SESSION } from "../ids.ts";
import type { StoredFiles, StoredLog } from "../server/service/recovery.ts";
import type { LogEntry } from "../server/service/service-port.ts";
import { counterOf, epochOf, makeZxid, ZERO_ZXID, type Zxid } from "../zxid.ts";
import { addCommitted, newCommittedLog } from "./committed-log.ts";
import { ZAB_RULES, type ZabRules } from "./rules.ts";
import { planSync, type SyncPlan } from "./sync-plan.ts";

type Pair = readonly [epoch: number, counter: number];

function entry(z: Zxid): LogEntry {
  const header = { sessionId: NO_SESSION, cxid: 0, zxid: z, time: 0 };
  return { header, txn: { kind: "error", err: 0 } };
}

/** Transactions of an epoch, from one counter to another. */
function span(epoch: number, from: number, to: number): LogEntry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => entry(makeZxid(epoch, from + i)));
}

function lastOf(entries: readonly LogEntry[]): Zxid {
  return entries.at(-1)?.header.zxid ?? ZERO_ZXID;
}

/** One log file. */
function fileOf(entries: readonly LogEntry[]): StoredLog[] {
  const [first] = entries;
  if (first === undefined) return [];
  const stored = entries.map((entry) => ({ kind: "entry" as const, entry }));
  return [{ firstZxid: first.header.zxid, entries: stored }];
}

interface Leader {
  readonly committed: readonly LogEntry[];
  /** Undefined: whoever reads it fails the test. */
  readonly stored?: readonly StoredLog[];
  /** By default the last of `committed`. */
  readonly last?: Zxid;
  readonly snapshotSizeFactor?: number;
  readonly forceSnapshotSync?: boolean;
  readonly rules?: Partial<ZabRules>;
}

function plan(peerLastZxid: Zxid, leader: Leader): SyncPlan {
  const committedLog = newCommittedLog();
  for (const entry of leader.committed) addCommitted(committedLog, entry, 500);
  return planSync({
    peerLastZxid,
    lastProcessedZxid: leader.last ?? lastOf(leader.committed),
    committedLog,
    stored: (): StoredFiles => {
      if (leader.stored === undefined) throw new Error("the log on disk was read");
      return { snapshots: [], logs: leader.stored };
    },
    snapshotSizeFactor: leader.snapshotSizeFactor ?? 0.33,
    preAllocBytes: 65_536,
    forceSnapshotSync: leader.forceSnapshotSync ?? false,
    rules: { ...ZAB_RULES, ...leader.rules },
  });
}

function zxidText(z: Zxid): string {
  return `(${epochOf(z)},${counterOf(z)})`;
}

/** The op packet, the transactions behind it, and where forwarding starts. */
function told({ mode, zxid, entries, lastSeen }: SyncPlan): string {
  const sent = entries.map(({ header }) => zxidText(header.zxid));
  return [
    mode,
    zxidText(zxid),
    ...(sent.length > 0 ? ["+", ...sent] : []),
    "then",
    zxidText(lastSeen),
  ].join(" ");
}

/** What a leader has that serves epoch 7. */
const SEVEN = [...span(5, 1, 9), ...span(7, 1, 3)];
const NEW_OF_SEVEN = "(7,1) (7,2) (7,3)";

describe("a leader of epoch 7 with (5,1)…(5,9), (7,1)…(7,3) committed", () => {
  test.each<[Pair, string, string]>([
    [[7, 3], "DIFF (7,3), empty", "DIFF (7,3) then (7,3)"],
    [[5, 9], "DIFF (7,3) + P/C (7,1)…(7,3)", `DIFF (7,3) + ${NEW_OF_SEVEN} then (7,3)`],
    [[5, 12], "in range; first p > P is (7,1), epochs differ ⇒ SNAP", "SNAP (7,3) then (7,3)"],
    [[7, 0], "in range, phantom ⇒ DIFF", `DIFF (7,3) + ${NEW_OF_SEVEN} then (7,3)`],
    [[6, 0], "in range, phantom ⇒ DIFF", `DIFF (7,3) + ${NEW_OF_SEVEN} then (7,3)`],
    [[6, 4], "in range; next is (7,1), other epoch ⇒ SNAP", "SNAP (7,3) then (7,3)"],
    [[7, 5], "> max, real ⇒ TRUNC (7,3)", "TRUNC (7,3) then (7,3)"],
    [[8, 2], "> max, real ⇒ TRUNC (7,3), whatever the epoch", "TRUNC (7,3) then (7,3)"],
    [[8, 0], "> max, phantom ⇒ SNAP", "SNAP (7,3) then (7,3)"],
  ])("a learner at %j: %s", ([epoch, counter], _, expected) => {
    expect(told(plan(makeZxid(epoch, counter), { committed: SEVEN }))).toBe(expected);
  });

  test("a learner at (7,3), and L=(8,0): = max ⇒ DIFF (7,3), empty; it stays at (7,3)", () => {
    const leader = { committed: SEVEN, last: makeZxid(8, 0) };

    expect(told(plan(makeZxid(7, 3), leader))).toBe("DIFF (7,3) then (7,3)");
  });

  test("a learner at (5,0): phantom, below min (5,1); a log that starts below it is needed", () => {
    const all = SEVEN.map(({ header }) => zxidText(header.zxid)).join(" ");
    const reaching = { committed: SEVEN, stored: fileOf([...span(4, 1, 2), ...SEVEN]) };
    const tooShort = { committed: SEVEN, stored: fileOf(SEVEN) };

    expect(told(plan(makeZxid(5, 0), reaching))).toBe(`DIFF (7,3) + ${all} then (7,3)`);
    expect(told(plan(makeZxid(5, 0), tooShort))).toBe("SNAP (7,3) then (7,3)");
  });

  test("a learner at 0, fresh disk, leader's log starts at (1,1): first record > 0 ⇒ SNAP", () => {
    const history = span(1, 1, 5);
    const leader = { committed: history, stored: fileOf(history) };

    expect(told(plan(ZERO_ZXID, leader))).toBe("SNAP (1,5) then (1,5)");
  });
});

describe("the rules in their order", () => {
  test("2: who has the leader's last zxid gets an empty DIFF, also if it is a phantom", () => {
    const leader = { committed: SEVEN, last: makeZxid(8, 0) };

    expect(told(plan(makeZxid(8, 0), leader))).toBe("DIFF (8,0) then (8,0)");
    expect(told(plan(ZERO_ZXID, { committed: [] }))).toBe("DIFF (0,0) then (0,0)");
  });

  test("3: without a committed log, its last zxid is the leader's own", () => {
    const leader = { committed: [], last: makeZxid(8, 0) };

    expect(told(plan(makeZxid(8, 2), leader))).toBe("TRUNC (8,0) then (8,0)");
    expect(told(plan(makeZxid(9, 0), leader))).toBe("SNAP (8,0) then (8,0)");
  });

  test("4: between two transactions of its own epoch a learner goes back to the first", () => {
    const committed = [...span(5, 1, 3), ...span(5, 6, 7)];

    expect(told(plan(makeZxid(5, 4), { committed }))).toBe("TRUNC (5,3) + (5,6) (5,7) then (5,7)");
  });

  test("4: at both ends of the committed log, the log on disk is not asked", () => {
    const committed = span(5, 4, 6);

    expect(told(plan(makeZxid(5, 4), { committed }))).toBe("DIFF (5,6) + (5,5) (5,6) then (5,6)");
    expect(told(plan(makeZxid(5, 6), { committed, last: makeZxid(6, 0) }))).toBe(
      "DIFF (5,6) then (5,6)",
    );
  });

  const committed = [...span(5, 8, 9), ...span(7, 1, 1)];

  test.each<[string, Pair, LogEntry[], string]>([
    ["goes on from", [5, 6], span(5, 5, 9), "DIFF (7,1) + (5,7) (5,8) (5,9) (7,1) then (7,1)"],
    ["begins with", [5, 7], span(5, 7, 9), "DIFF (7,1) + (5,8) (5,9) (7,1) then (7,1)"],
    ["begins above", [5, 6], span(5, 7, 9), "SNAP (7,1) then (7,1)"],
    [
      "begins below the phantom",
      [5, 0],
      [...span(4, 1, 1), ...span(5, 1, 8)],
      "DIFF (7,1) + (5,1) (5,2) (5,3) (5,4) (5,5) (5,6) (5,7) (5,8) (5,9) (7,1) then (7,1)",
    ],
    [
      "lacks",
      [5, 6],
      [...span(5, 4, 5), ...span(5, 7, 9)],
      "TRUNC (5,5) + (5,7) (5,8) (5,9) (7,1) then (7,1)",
    ],
    [
      "lacks, another epoch being next,",
      [4, 6],
      [...span(4, 1, 5), ...span(5, 1, 9)],
      "SNAP (7,1) then (7,1)",
    ],
  ])("5: the log on disk %s %j", (_, [epoch, counter], log, expected) => {
    const leader = { committed, stored: fileOf(log) };

    expect(told(plan(makeZxid(epoch, counter), leader))).toBe(expected);
  });

  test("5: without a log there is a snapshot", () => {
    expect(told(plan(makeZxid(5, 6), { committed, stored: [] }))).toBe("SNAP (7,1) then (7,1)");
  });

  test("5: a leader that serves and has nothing in its committed log ends below itself: SNAP", () => {
    const leader = { committed: [], stored: fileOf(span(5, 1, 9)), last: makeZxid(7, 0) };

    expect(told(plan(makeZxid(5, 9), leader))).toBe("SNAP (7,0) then (7,0)");
    expect(told(plan(makeZxid(5, 7), leader))).toBe("SNAP (7,0) then (7,0)");
  });

  test("5: before it serves, its log on disk is enough", () => {
    const leader = { committed: [], stored: fileOf(span(5, 1, 9)), last: makeZxid(5, 9) };

    expect(told(plan(makeZxid(5, 7), leader))).toBe("DIFF (5,9) + (5,8) (5,9) then (5,9)");
  });

  test("6: with a factor below 0 the log on disk is no help", () => {
    const leader = { committed, stored: fileOf(span(5, 1, 9)), snapshotSizeFactor: -1 };

    expect(told(plan(makeZxid(5, 6), leader))).toBe("SNAP (7,1) then (7,1)");
  });
});

describe("transactions between the log on disk and the committed log", () => {
  const committed = span(1, 20, 21);

  test.each<[string, LogEntry[], string]>([
    ["missing", span(1, 1, 18), "SNAP (1,21) then (1,21)"],
    ["missing, as the log ends below the learner", span(1, 1, 15), "SNAP (1,21) then (1,21)"],
    // The last one on disk is not the first in memory, and so the leader can't know that they touch.
    ["not missing, but only just", span(1, 1, 19), "SNAP (1,21) then (1,21)"],
    ["in both", span(1, 1, 20), "DIFF (1,21) + (1,18) (1,19) (1,20) (1,21) then (1,21)"],
    // The log has what is proposed and not yet committed, too: that is forwarded, without a COMMIT.
    ["in both, and more", span(1, 1, 24), "DIFF (1,21) + (1,18) (1,19) (1,20) (1,21) then (1,21)"],
  ])("%s", (_, log, expected) => {
    expect(told(plan(makeZxid(1, 17), { committed, stored: fileOf(log) }))).toBe(expected);
  });
});

describe("ZOOKEEPER-1154: DIFF to a learner with a transaction of its own", () => {
  // A leads and logs (7,4) alone; B leads epoch 8 and commits (8,1); A returns.
  const committed = [...span(7, 1, 3), ...span(8, 1, 1)];

  test.each([
    [true, "SNAP (8,1) then (8,1)"],
    [false, "DIFF (8,1) + (8,1) then (8,1)"],
  ])("truncatesWithinLog %s: %s", (truncatesWithinLog, expected) => {
    const leader = { committed, rules: { truncatesWithinLog } };

    expect(told(plan(makeZxid(7, 4), leader))).toBe(expected);
  });

  test("others are told the same without the rule", () => {
    const leader = { committed, rules: { truncatesWithinLog: false } };

    expect(told(plan(makeZxid(7, 3), leader))).toBe("DIFF (8,1) + (8,1) then (8,1)");
    expect(told(plan(makeZxid(8, 2), leader))).toBe("TRUNC (8,1) then (8,1)");
  });
});

test("who asks for a snapshot gets one, whatever it has", () => {
  const leader = { committed: span(1, 1, 5), forceSnapshotSync: true };

  for (const last of [makeZxid(1, 3), makeZxid(1, 5), makeZxid(1, 7), makeZxid(2, 0)]) {
    expect(told(plan(last, leader))).toBe("SNAP (1,5) then (1,5)");
  }
});

test("a gap between the log on disk and the committed log is met with a snapshot (ZOOKEEPER-2418)", () => {
  const leader = { committed: span(1, 20, 22), stored: fileOf(span(1, 1, 5)) };

  expect(told(plan(makeZxid(1, 3), leader))).toBe("SNAP (1,22) then (1,22)");
});

/**
 * Histories as lists, after what Zab promises of them: the transactions of an epoch have the counters from 1 on, and
 * who has one of an epoch, or its phantom, has what that epoch's leader had before.
 */
describe("any learner ends with exactly the leader's history", () => {
  const EPOCHS = 6;

  /** How many transactions each epoch left, from epoch 1 on; none of those that came to nothing. */
  const history = fc
    .array(fc.nat(4), { minLength: 1, maxLength: EPOCHS })
    .map((counts) => counts.flatMap((count, i) => span(i + 1, 1, count)));

  const learner = fc.oneof(
    fc.record({ kind: fc.constant("prefix" as const), length: fc.nat(8) }),
    fc.record({
      kind: fc.constant("phantom" as const),
      epoch: fc.integer({ min: 0, max: EPOCHS + 2 }),
    }),
    fc.record({
      kind: fc.constant("diverged" as const),
      epoch: fc.integer({ min: 1, max: EPOCHS + 2 }),
      tail: fc.integer({ min: 1, max: 3 }),
    }),
  );

  type Learner = typeof learner extends fc.Arbitrary<infer T> ? T : never;

  /** What the learner has, and says it has. */
  function begin(leader: readonly LogEntry[], who: Learner): { has: LogEntry[]; last: Zxid } {
    switch (who.kind) {
      case "prefix": {
        const has = leader.slice(0, who.length);
        return { has, last: lastOf(has) };
      }
      case "phantom": {
        const last = makeZxid(who.epoch, 0);
        return { has: leader.filter(({ header }) => header.zxid < last), last };
      }
      case "diverged": {
        const before = leader.filter(({ header }) => epochOf(header.zxid) <= who.epoch);
        const known = before.filter(({ header }) => epochOf(header.zxid) === who.epoch).length;
        const has = [...before, ...span(who.epoch, known + 1, known + who.tail)];
        return { has, last: lastOf(has) };
      }
    }
  }

  function carryOut(
    has: readonly LogEntry[],
    leader: readonly LogEntry[],
    { mode, zxid, entries }: SyncPlan,
  ): LogEntry[] {
    if (mode === "SNAP") return [...leader];
    const kept = has.filter(({ header }) => mode === "DIFF" || header.zxid <= zxid);
    return [...kept, ...entries];
  }

  /** A log whose files begin at these places; what comes before the first has been purged. */
  function filesOf(logged: readonly LogEntry[], places: readonly number[]): StoredLog[] {
    const sorted = [...places].sort((a, b) => a - b);
    return sorted.flatMap((place, i) => fileOf(logged.slice(place, sorted[i + 1])));
  }

  test("whether it has a part of it or something else, whatever the leader kept of it", () => {
    const disk = fc.record({
      from: fc.nat(6),
      /** How much is missing at the end. */
      missing: fc.constantFrom(0, 0, 1, 5),
      cuts: fc.array(fc.nat(20), { maxLength: 3 }),
      /** What the leader has proposed when it serves, and nobody has committed. */
      proposed: fc.nat(3),
    });
    const serves = fc.boolean();
    const snapshotSizeFactor = fc.constantFrom(-1, 0, 0.33);
    fc.assert(
      fc.property(
        fc.record({ history, inMemory: fc.nat(10), disk, serves, snapshotSizeFactor }),
        learner,
        ({ history, inMemory, disk, serves, snapshotSizeFactor }, who) => {
          const { has, last: peerLastZxid } = begin(history, who);
          const last = serves ? makeZxid(EPOCHS + 1, 0) : lastOf(history);
          const logged = [
            ...history.slice(0, history.length - disk.missing),
            ...(serves && disk.missing === 0 ? span(EPOCHS + 1, 1, disk.proposed) : []),
          ];

          const decided = plan(peerLastZxid, {
            committed: history.slice(Math.max(0, history.length - inMemory)),
            stored: filesOf(logged, [disk.from, ...disk.cuts.filter((cut) => cut > disk.from)]),
            last,
            snapshotSizeFactor,
          });

          expect(carryOut(has, history, decided)).toEqual(history);
          // And what is forwarded from then on is new to it, and all that is proposed.
          expect(decided.lastSeen).toBeGreaterThanOrEqual(lastOf(history));
          expect(decided.lastSeen).toBeLessThanOrEqual(last);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
