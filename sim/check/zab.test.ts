import { describe, expect, test } from "vitest";
import { epoch, serverId } from "../../core/ids.ts";
import type { ExitReason } from "../../core/server/observations.ts";
import type { LogEntry } from "../../core/server/service/service-port.ts";
import type { Txn } from "../../core/tree/txn.ts";
import { epochOf, makeZxid, zxid } from "../../core/zxid.ts";
import { ALICE, BOB, create, Play, peace } from "../../test/support/zab-play.ts";

const z = makeZxid;

test("one leader an epoch", () => {
  const play = new Play();
  play.candidate(3, 1, [2, 3]);
  play.candidate(1, 2, [1, 2]);
  play.holds();
  play.candidate(2, 2, [1, 2]);
  play.breaks("one leader an epoch", [1, 2]);

  const again = peace();
  const members = [1, 2, 3].map(serverId);
  again.tell(3, { kind: "established", epoch: epoch(1), quorum: members, zxid: z(1, 2) });
  again.breaks("one leader an epoch", [3]);
});

describe("integrity", () => {
  test("what nobody broadcast", () => {
    const play = peace();
    const header = { sessionId: BOB, cxid: 1, zxid: z(1, 3), time: 0 };
    play.deliver(2, { header, txn: create("/x") });
    play.breaks("integrity", [2]);
  });

  test("another transaction under the same zxid", () => {
    const play = peace();
    const entry = play.propose(3, z(1, 3));
    for (const id of [1, 3]) play.ack(id, entry);
    play.commit(3, entry, [1, 3]);
    play.deliver(1, entry);
    play.deliver(2, { ...entry, txn: create("/other") });
    play.breaks("integrity", [2]);
  });

  test("twice", () => {
    const play = peace();
    const entry = play.broadcast(3, z(1, 3), [1, 2]);
    play.deliver(1, entry);
    play.breaks("integrity", [1]);
  });

  test("committed, and nobody broadcast it", () => {
    const play = peace();
    play.tell(3, { kind: "committed", zxid: z(1, 9), quorum: [serverId(3)] });
    play.breaks("integrity", [3]);
  });

  test("another transaction in a log", () => {
    const play = peace();
    const [first, last] = play.at(1).log as [LogEntry, LogEntry];
    play.at(1).log = [first, { ...last, txn: create("/other") }];
    play.breaks("integrity", [1]);
  });

  test("a snapshot of what nobody broadcast", () => {
    const play = peace();
    play.at(1).snapshots.push(z(1, 9));
    play.breaks("integrity", [1]);
  });

  test("in a log", () => {
    const play = peace();
    const header = { sessionId: BOB, cxid: 1, zxid: z(1, 3), time: 0 };
    play.append(1, { header, txn: create("/x") });
    play.breaks("integrity", [1]);
  });
});

test("agreement: delivered before it is committed", () => {
  const play = peace();
  const entry = play.propose(3, z(1, 3));
  play.ack(3, entry);
  play.ack(2, entry);
  play.holds();
  play.deliver(2, entry);
  play.breaks("agreement", [2]);
});

describe("prefix", () => {
  test("a server serves with a transaction that is not committed", () => {
    const play = peace();
    play.ack(1, play.propose(3, z(1, 3)));
    play.leave(1);
    play.serve(1, 3, 1);
    play.breaks("prefix", [1]);
  });

  test("a learner serves without its leader's history", () => {
    const play = peace();
    play.leave(1);
    play.at(1).tree.pop();
    play.at(1).last = z(1, 1);
    for (const id of [2, 3]) play.leave(id);
    play.reign(3, 2, [2]);
    play.serve(1, 3, 2);
    play.breaks("prefix", [1, 3]);
  });

  test("a truncation leaves the first record above its target (known from ZooKeeper 3.8)", () => {
    const play = peace();
    for (const id of [1, 2, 3]) play.leave(id);
    play.reign(3, 2, [1]);
    play.ack(3, play.propose(3, z(2, 1)));
    play.restart(3);
    play.leave(1);
    play.reign(2, 3, [1]);
    play.ackHistory(3, 2, 3);
    play.breaks("prefix", [3]);
  });

  test("a learner keeps a transaction instead of its leader's (ZOOKEEPER-1154)", () => {
    const play = peace();
    play.ack(3, play.propose(3, z(1, 3)));
    for (const id of [1, 2, 3]) play.leave(id);
    play.reign(2, 2, [1]);
    play.broadcast(2, z(2, 1), [1]);
    for (const id of [1, 2]) play.leave(id);
    play.reign(2, 3, [1]);
    play.ackHistory(3, 2, 3);
    play.breaks("prefix", [3]);
  });

  test("a truncation leaves a snapshot above its target (ZOOKEEPER-1549)", () => {
    const play = peace();
    play.ack(3, play.propose(3, z(1, 3)));
    play.crash(3);
    for (const id of [1, 2]) play.leave(id);
    play.reign(2, 2, [1]);
    play.broadcast(2, z(2, 1), [1]);
    play.copy(3, 2);
    play.at(3).snapshots.push(z(1, 3));
    play.ackHistory(3, 2, 2);
    play.breaks("prefix", [3]);
  });
});

test("total order: a later epoch's transaction without an earlier one's", () => {
  const play = peace();
  const late = play.propose(3, z(1, 3));
  for (const id of [1, 3]) play.ack(id, late);
  play.commit(3, late, [1, 3]);
  for (const id of [1, 2, 3]) play.leave(id);
  play.candidate(1, 2, [1, 3]);
  play.join(3, 1, 2);
  play.establish(1, 2, [1, 3]);
  const next = play.propose(1, z(2, 1));
  for (const id of [1, 3]) play.ack(id, next);
  play.commit(1, next, [1, 3]);
  play.deliver(1, next);
  play.holds();
  // In epoch 1 still, as far as it knows.
  const other = peace();
  const skipped = other.propose(3, z(1, 3));
  for (const id of [1, 3]) other.ack(id, skipped);
  other.commit(3, skipped, [1, 3]);
  for (const id of [1, 3]) other.leave(id);
  other.reign(1, 2, [3]);
  const jump = other.broadcast(1, z(2, 1), [3]);
  other.deliver(2, jump);
  other.breaks("total order", [2]);
});

describe("local primary order", () => {
  test("delivered out of order", () => {
    const play = peace();
    const [a, b] = [play.propose(3, z(1, 3)), play.propose(3, z(1, 4))];
    for (const entry of [a, b]) for (const id of [1, 3]) play.ack(id, entry);
    play.commit(3, a, [1, 3]);
    play.commit(3, b, [1, 3]);
    play.deliver(1, a);
    play.deliver(1, b);
    expect(play.checker.violation).toBeUndefined();
    play.deliver(2, b);
    play.breaks("local primary order", [2]);
  });

  test("committed out of order", () => {
    const play = peace();
    const [a, b] = [play.propose(3, z(1, 3)), play.propose(3, z(1, 4))];
    for (const entry of [a, b]) for (const id of [1, 3]) play.ack(id, entry);
    play.commit(3, b, [1, 3]);
    play.breaks("local primary order", [3]);
  });
});

test("global primary order: behind what a later leader broadcast", () => {
  const play = peace();
  const old = play.propose(3, z(1, 3));
  for (const id of [1, 2]) play.leave(id);
  play.reign(2, 2, [1]);
  play.broadcast(2, z(2, 1), [1]);
  play.holds();
  play.deliver(1, old);
  play.breaks("global primary order", [1]);
});

test("primary integrity: a broadcast before a quorum has the history", () => {
  const play = new Play();
  play.candidate(3, 1, [1, 3]);
  play.join(1, 3, 1);
  play.holds();
  play.propose(3, z(1, 1));
  play.breaks("primary integrity", [3]);
});

describe("committed stays", () => {
  test("in a later leader's history", () => {
    const play = peace();
    play.broadcast(3, z(1, 3), [1]);
    for (const id of [1, 2, 3]) play.leave(id);
    // 2 does not have it, and leads all the same.
    play.candidate(2, 2, [1, 2]);
    play.join(1, 2, 2);
    play.establish(2, 2, [1, 2]);
    play.breaks("committed stays", [2]);
  });

  test("in the history of a leader that calls itself (epoch, 0) before it leads (ZOOKEEPER-790)", () => {
    const play = peace();
    for (const id of [1, 2, 3]) play.leave(id);
    Object.assign(play.at(1), { log: play.at(1).log.slice(0, 1), forced: 1, last: z(2, 0) });
    play.at(1).snapshots.push(z(2, 0));
    play.candidate(1, 3, [1, 2]);
    play.copy(2, 1);
    play.ackHistory(2, 1, 3);
    play.establish(1, 3, [1, 2]);
    play.breaks("committed stays", [1]);
  });

  test("and a leader of before commits nothing besides", () => {
    const play = peace();
    const entry = play.propose(3, z(1, 3));
    play.ack(3, entry);
    for (const id of [1, 2]) play.leave(id);
    play.reign(2, 2, [1]);
    play.broadcast(2, z(2, 1), [1]);
    play.tell(1, { kind: "acknowledged", zxid: z(1, 3) });
    play.commit(3, entry, [1, 3]);
    play.breaks("committed stays", [3]);
  });

  test("on the disks of a quorum", () => {
    const play = peace();
    play.broadcast(3, z(1, 3), [1]);
    play.crash(2);
    play.crash(3);
    play.holds();
    play.at(1).forced = 2;
    play.crash(1);
    play.breaks("committed stays", [1, 2]);
  });

  test("when a log is truncated", () => {
    const play = peace();
    play.broadcast(3, z(1, 3), [1]);
    play.at(1).log.pop();
    play.at(1).forced = 2;
    play.tell(1, { kind: "truncated", target: z(1, 2), zxid: z(1, 2) });
    play.breaks("committed stays", [1, 2]);
  });

  test("when a machine is replaced", () => {
    const play = peace();
    play.crash(1);
    Object.assign(play.at(1), { log: [], forced: 0, acceptedEpoch: 0, currentEpoch: 0 });
    play.checker.wiped(1);
    play.checker.booted(1);
    play.holds();
    play.crash(2);
    Object.assign(play.at(2), { log: [], forced: 0, acceptedEpoch: 0, currentEpoch: 0 });
    play.checker.wiped(2);
    play.breaks("committed stays", [1, 2]);
  });
});

describe("answers are committed", () => {
  test("of a server that serves", () => {
    const play = peace();
    play.checker.replied(2, BOB, 1, z(1, 2), 0);
    // A leader that has written nothing in its epoch answers with (epoch, 0).
    play.checker.replied(3, BOB, 1, z(1, 0), 0);
    play.checker.replied(3, BOB, 1, z(1, 9), -101);
    play.holds();
    play.propose(3, z(1, 3));
    play.checker.replied(3, BOB, 1, z(1, 3), 0);
    play.breaks("answers are committed", [3]);
  });

  test("a read-only server may read what is not, and nobody may be told that it was written", () => {
    const play = peace();
    const entry = play.propose(3, z(1, 3));
    play.append(1, entry);
    play.leave(1);
    play.checker.replied(1, BOB, 1, z(1, 3), 0);
    play.holds();
    play.checker.replied(1, ALICE, entry.header.cxid, z(1, 3), 0);
    play.breaks("answers are committed", [1]);
  });
});

describe("epochs rise", () => {
  test("they fall", () => {
    const play = peace();
    play.write(1, "acceptedEpoch", 3);
    play.holds();
    play.write(1, "acceptedEpoch", 2);
    play.breaks("epochs rise", [1]);
  });

  test("they fall with a crash", () => {
    const play = peace();
    play.crash(1);
    play.at(1).acceptedEpoch = 0;
    play.checker.booted(1);
    play.breaks("epochs rise", [1]);
  });

  test("the current one is above the accepted one", () => {
    const play = peace();
    play.write(1, "currentEpoch", 2);
    play.breaks("epochs rise", [1]);
  });

  test("a log is above the current one", () => {
    const play = peace();
    play.at(1).currentEpoch = 0;
    play.ack(1, play.propose(3, z(1, 3)));
    play.breaks("epochs rise", [1]);
  });
});

describe("logs have no holes", () => {
  test("a record is missing", () => {
    const play = peace();
    const [a, b] = [play.propose(3, z(1, 3)), play.propose(3, z(1, 4))];
    play.append(2, a);
    play.append(2, b);
    play.append(1, b);
    play.breaks("logs have no holes", [1]);
  });

  test("a record is in the wrong place", () => {
    const play = peace();
    play.at(1).log.reverse();
    play.breaks("logs have no holes", [1]);
  });
});

test("an observer that starts may have more in its tree than its log, until it is where it was before", () => {
  const play = new Play();
  play.reign(3, 1, [1, 2]);
  const entries = [1, 2].map((counter) => play.broadcast(3, makeZxid(1, counter), [1, 2]));
  const [first, second] = entries as [LogEntry, LogEntry];
  play.join(4, 3, 1);
  play.serve(4, 3, 1);
  play.crash(4);
  // A snapshot was written while the second came, and the log ends with the first.
  const observer = Object.assign(play.at(4), { tree: entries, last: first.header.zxid });
  play.serve(4, 3, 1);
  observer.tree = [first];
  play.deliver(4, second);
  expect(play.checker.violation).toBeUndefined();
  observer.tree = [];
  play.serve(4, 3, 1);
  play.breaks("state determinism");
});

test("state determinism", () => {
  const play = peace();
  play.at(2).tree.shift();
  play.broadcast(3, z(1, 3), [1, 2]);
  play.breaks("state determinism", [2, 3]);

  const joining = peace();
  joining.leave(1);
  joining.at(1).tree.shift();
  joining.serve(1, 3, 1);
  joining.breaks("state determinism", [1, 3]);
});

describe("honest acknowledgements", () => {
  test("of a transaction that is not on disk yet", () => {
    const play = peace();
    const entry = play.propose(3, z(1, 3));
    play.at(1).log.push(entry);
    play.tell(1, { kind: "acknowledged", zxid: z(1, 3) });
    play.breaks("honest acknowledgements", [1]);
  });

  test("of a history that is not on disk yet (ZOOKEEPER-3911)", () => {
    const play = peace();
    for (const id of [1, 2, 3]) play.leave(id);
    play.candidate(3, 2, [1, 3]);
    play.copy(1, 3);
    play.at(1).forced = 1;
    play.ackHistory(1, 3, 2);
    play.breaks("honest acknowledgements", [1]);
  });

  test("of an epoch that is not on disk yet", () => {
    const play = peace();
    for (const id of [1, 2, 3]) play.leave(id);
    play.candidate(3, 2, [1, 3]);
    play.tell(1, { kind: "newLeaderAcknowledged", leader: serverId(3), epoch: epoch(2) });
    play.breaks("honest acknowledgements", [1]);
  });

  test("of what nobody broadcast", () => {
    const play = peace();
    play.tell(1, { kind: "acknowledged", zxid: z(1, 7) });
    play.breaks("honest acknowledgements", [1]);
  });
});

describe("commits have a quorum", () => {
  test("acknowledgements that nobody gave", () => {
    const play = peace();
    const entry = play.propose(3, z(1, 3));
    play.ack(3, entry);
    play.holds();
    play.commit(3, entry, [1, 3]);
    play.breaks("commits have a quorum", [3]);
  });

  test("an observer is counted", () => {
    const play = peace();
    const entry = play.propose(3, z(1, 3));
    play.ack(3, entry);
    play.at(4).currentEpoch = 1;
    play.ack(4, entry);
    play.commit(3, entry, [3, 4]);
    play.breaks("commits have a quorum", [3]);
  });

  test("a leader is established without one", () => {
    const play = new Play();
    play.candidate(3, 1, [1, 3]);
    play.establish(3, 1, [1, 3]);
    play.breaks("commits have a quorum", [3]);
  });

  test("a learner serves before there is one", () => {
    const play = new Play();
    play.candidate(3, 1, [1, 3]);
    play.join(1, 3, 1);
    play.serve(1, 3, 1);
    play.breaks("commits have a quorum", [1]);
  });
});

test("client order", () => {
  const play = peace();
  play.checker.received(1, 0, ALICE, z(1, 2));
  // Another session may be behind; a refusal may be without a zxid; an answer that never arrives binds nobody.
  play.checker.received(2, 1, BOB, z(1, 1));
  play.checker.received(1, 0, ALICE, 0);
  play.checker.replied(1, BOB, 2, z(1, 2), 0);
  play.checker.received(3, 1, BOB, z(1, 1));
  play.holds();
  play.checker.received(2, 0, ALICE, z(1, 1));
  play.breaks("client order", [2]);
});

describe("ephemerals end with their session", () => {
  const close: Txn = { kind: "closeSession", paths: ["/e"] };

  test("with the closing", () => {
    const play = peace();
    play.broadcast(3, z(1, 3), [1, 2], create("/e", true), BOB);
    play.broadcast(3, z(1, 4), [1, 2], close, BOB);
    play.holds();
    play.broadcast(3, z(1, 5), [1, 2], create("/f", true), ALICE);
    // It forgets to name the node.
    const forgetful: Txn = { kind: "closeSession", paths: [] };
    play.broadcast(3, z(1, 6), [1, 2], forgetful, ALICE);
    play.breaks("ephemerals end with their session", [3]);
  });

  test("none comes later", () => {
    const play = peace();
    play.broadcast(3, z(1, 3), [1, 2], close, BOB);
    play.broadcast(3, z(1, 4), [1, 2], create("/e", true), BOB);
    play.breaks("ephemerals end with their session", [3]);
  });
});

describe("legal messages", () => {
  test.each<ExitReason>([
    "a commit does not match the oldest proposal",
    "synchronisation begins with an unexpected packet",
  ])("a process ends because %s", (why) => {
    const play = peace();
    play.tell(1, { kind: "exited", why: "the snapshot could not be written" });
    play.holds();
    play.tell(1, { kind: "exited", why });
    play.breaks("legal messages", [1]);
  });

  test("a leader's zxids fall, leave its epoch, or have holes where none should be", () => {
    for (const wrong of [z(1, 2), z(2, 0), z(2, 1), zxid(z(2, 0) - 1)]) {
      const play = peace();
      play.propose(3, wrong);
      play.breaks("legal messages", [3]);
    }
    const play = peace({ leadersMayLeaveHoles: false });
    play.propose(3, z(1, 4));
    play.breaks("legal messages", [3]);
  });

  test("a history is acknowledged to nobody", () => {
    const play = peace();
    play.ackHistory(1, 3, 7);
    play.breaks("legal messages", [1]);
  });
});

test("the first violation stays, with its place in the trace", () => {
  const play = peace();
  play.tell(1, { kind: "acknowledged", zxid: z(1, 7) });
  const { violation } = play.checker;
  play.propose(3, z(1, 1));
  expect(play.checker.violation).toBe(violation);
  expect(violation).toEqual({
    property: "honest acknowledgements",
    record: play.now() - 1,
    time: play.now() - 1,
    servers: [1],
    zxids: [z(1, 7)],
    message: "1 acknowledges 0x100000007, which nobody ever broadcast",
  });
});

test("a property can be left out, to see what follows", () => {
  const play = peace({ except: ["honest acknowledgements"] });
  play.tell(1, { kind: "acknowledged", zxid: z(1, 7) });
  play.holds();
  expect(epochOf(z(1, 7))).toBe(1);
});
