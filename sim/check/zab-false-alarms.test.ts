import { describe, expect, test } from "vitest";
import type { Txn } from "../../core/tree/txn.ts";
import { makeZxid } from "../../core/zxid.ts";
import { ALICE, create, Play, peace } from "../../test/support/zab-play.ts";

const z = makeZxid;

describe("stories without a violation", () => {
  test("writes, a crash of the leader with a transaction of its own, its return", () => {
    const play = peace();
    const lost = play.propose(3, z(1, 3));
    play.ack(3, lost);
    play.crash(3);
    play.leave(1);
    play.leave(2);
    play.reign(2, 2, [1]);
    play.broadcast(2, z(2, 1), [1]);
    play.restart(3);
    // TRUNC, and what came since.
    play.join(3, 2, 2);
    play.serve(3, 2, 2);
    play.broadcast(2, z(2, 2), [1, 3]);
    play.holds();
    expect(play.checker.committed).toBe(4);
  });

  test("a follower that leaves its role applies what was never committed, and is no worse for it", () => {
    const play = peace();
    const entry = play.propose(3, z(1, 3));
    play.append(1, entry);
    play.leave(1);
    // Even if it is told of as an application.
    play.checker.applied(1, entry.header, entry.txn);
    play.checker.appliedDone(1);
    play.holds();
  });

  test("a log with an uncommitted end, on one disk alone, is history once its owner leads", () => {
    const play = peace();
    play.ack(1, play.propose(3, z(1, 3)));
    for (const id of [1, 2, 3]) play.leave(id);
    play.reign(1, 2, [2, 3]);
    play.broadcast(1, z(2, 1), [2, 3]);
    play.holds();
    expect(play.checker.committed).toBe(4);
  });

  test("an error takes a zxid, as any transaction", () => {
    const play = peace();
    play.broadcast(3, z(1, 3), [1, 2], { kind: "error", err: -101 });
    play.holds();
  });

  test("a zxid that the leader itself used up is missing in no log", () => {
    const play = peace();
    play.broadcast(3, z(1, 5), [1, 2]);
    play.holds();
  });

  test("a server that got a snapshot has a hole in its log", () => {
    const play = peace();
    play.at(1).log = [];
    play.at(1).forced = 0;
    play.crash(1);
    play.broadcast(3, z(1, 3), [2]);
    play.at(1).snapshots.push(z(1, 3));
    play.at(1).tree = [...play.at(3).tree];
    play.at(1).last = z(1, 3);
    play.ackHistory(1, 3, 1);
    play.serve(1, 3, 1);
    play.broadcast(3, z(1, 4), [1, 2]);
    play.holds();
  });

  test("a log goes on behind a snapshot, and has old ends before it", () => {
    const play = peace();
    const stray = play.propose(3, z(1, 3));
    play.crash(3);
    play.append(1, stray);
    play.leave(2);
    play.reign(2, 2, [3]);
    play.broadcast(2, z(2, 1), [3]);
    play.crash(1);
    play.at(1).snapshots.push(z(2, 1));
    play.at(1).tree = [...play.at(2).tree];
    play.at(1).last = z(2, 1);
    play.ackHistory(1, 2, 2);
    play.serve(1, 2, 2);
    play.broadcast(2, z(2, 2), [1, 3]);
    play.holds();
  });

  test("(epoch, 0) is no transaction: a server with a snapshot of that name has what came before", () => {
    const play = peace();
    for (const id of [1, 2, 3]) play.leave(id);
    play.reign(2, 2, [1]);
    play.at(3).snapshots.push(z(2, 0));
    play.at(3).last = z(2, 0);
    play.ackHistory(3, 2, 2);
    play.serve(3, 2, 2);
    play.broadcast(2, z(2, 1), [1, 3]);
    play.holds();
  });

  test("an observer logs what is committed, later than it says that it has the history", () => {
    const play = peace();
    play.leave(3);
    play.reign(3, 2, [1, 2]);
    play.ackHistory(4, 3, 2);
    play.serve(4, 3, 2);
    for (const entry of play.at(3).log) {
      play.deliver(4, entry);
      play.append(4, entry);
    }
    const entry = play.broadcast(3, z(2, 1), [1, 2]);
    play.deliver(4, entry);
    play.append(4, entry);
    play.holds();
  });

  test("a leader learns of its quorum when that has gone on to another", () => {
    const play = peace();
    for (const id of [1, 2, 3]) play.leave(id);
    play.candidate(3, 2, [2, 3]);
    play.join(2, 3, 2);
    play.leave(2);
    play.reign(2, 3, [1]);
    play.broadcast(2, z(3, 1), [1]);
    // The acknowledgement of 2 was on its way all the time.
    play.establish(3, 2, [2, 3]);
    play.ack(3, play.propose(3, z(2, 1)));
    play.holds();
  });

  test("a leader of before commits what its successor has committed with its history", () => {
    const play = peace();
    const entry = play.propose(3, z(1, 3));
    play.ack(3, entry);
    play.ack(1, entry);
    play.leave(1);
    play.leave(2);
    play.reign(1, 2, [2]);
    play.commit(3, entry, [1, 3]);
    play.deliver(3, entry);
    play.holds();
  });

  test("a disk that held something before the run", () => {
    const header = { sessionId: ALICE, cxid: 1, zxid: z(5, 1), time: 0 };
    const before = [{ header, txn: create("/before") }];
    const play = new Play({ before });
    for (const id of [1, 2, 3]) play.write(id, "acceptedEpoch", 5);
    play.reign(3, 6, [1, 2]);
    play.broadcast(3, z(6, 1), [1, 2]);
    play.holds();
  });

  test("a disk that began with (epoch, 0) and nothing else", () => {
    const play = new Play();
    for (const id of [1, 2, 3]) {
      play.at(id).snapshots.push(z(5, 0));
      play.at(id).last = z(5, 0);
      play.write(id, "acceptedEpoch", 5);
    }
    play.reign(3, 6, [1, 2]);
    play.broadcast(3, z(6, 1), [1, 2]);
    play.holds();
  });

  test("a transaction that went through bytes is the same", () => {
    const play = peace();
    const txn = { ...create("/a"), data: new Uint8Array([1, 2]) } as Txn;
    const entry = play.propose(3, z(1, 3), txn);
    for (const id of [2, 3]) play.ack(id, entry);
    play.commit(3, entry, [2, 3]);
    play.deliver(2, structuredClone(entry));
    play.holds();
  });
});
