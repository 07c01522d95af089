import { describe, expect, test } from "vitest";
import { Bench, type BenchSpec } from "../../test/support/server-bench.ts";
import {
  commit,
  followsAgain,
  newLeader,
  promisedLearner,
  proposal,
  UPTODATE,
} from "../../test/support/staged.ts";
import { historyOf, upTo } from "../../sim/disk/seeded-history.ts";
import { epoch } from "../ids.ts";
import { rulesWith } from "../server/bugs.ts";
import { takeSnapshot } from "../server/database.ts";
import { serviceConfig } from "../server/service/config.ts";
import type { StoredFiles } from "../server/service/recovery.ts";
import type { Snapshot } from "../server/service/snapshot.ts";
import { makeZxid, ZERO_ZXID, type Zxid } from "../zxid.ts";
import type { QuorumPacket } from "./packets.ts";

// Server 3, or the observer 6, has promised epoch 2 to its leader 5, and is brought to its history
// (Learner.syncWithLeader).

const [Z1, Z2, Z3, Z4, Z5] = [1, 2, 3, 4, 5].map((counter) => makeZxid(1, counter)) as [
  Zxid,
  Zxid,
  Zxid,
  Zxid,
  Zxid,
];
const E1 = { acceptedEpoch: epoch(1), currentEpoch: epoch(1) };

/** It has (1,1) to (1,3), on the log of one file. */
function learner(spec: BenchSpec = {}): Bench {
  return promisedLearner({ disk: { ...E1, lastZxid: Z3 }, ...spec });
}

const DIFF: QuorumPacket = { kind: "DIFF", zxid: Z5 };

/** The snapshot of a leader whose last transaction is that. */
function snapshotUpTo(zxid: Zxid): Snapshot {
  return takeSnapshot(new Bench({ disk: { lastZxid: zxid } }).peer);
}

function snap(zxid: Zxid): QuorumPacket {
  return { kind: "SNAP", zxid, snapshot: { ...snapshotUpTo(zxid), zxid } };
}

function trunc(zxid: Zxid): QuorumPacket {
  return { kind: "TRUNC", zxid };
}

function nodesOf(b: Bench): string[] {
  const paths = takeSnapshot(b.peer).tree.nodes.map(({ path }) => path);
  return paths.filter((path) => path.startsWith("/seed-"));
}

function whyLeft(b: Bench): string[] {
  return b.observed("roleLeft").map(({ why }) => why);
}

function closed(b: Bench): void {
  b.step({ kind: "closed", connection: b.dialled });
}

describe("the first packet", () => {
  test.each(["DIFF", "SNAP", "TRUNC"] as const)("%s is let be known", (mode) => {
    const b = learner();
    b.told(mode === "SNAP" ? snap(Z5) : { kind: mode, zxid: Z3 });

    expect(b.observed("synchronizing")).toMatchObject([{ leader: 5, mode }]);
  });

  test.each<QuorumPacket>([proposal(Z4), commit(Z4), UPTODATE, { kind: "PING", zxid: ZERO_ZXID }])(
    "$kind in its place ends the process",
    (packet) => {
      const b = learner();
      b.told(packet);

      expect(b.port.exited).toBe("synchronisation begins with an unexpected packet");
    },
  );
});

describe("DIFF", () => {
  test("announces, and changes nothing: the zxid stays until transactions raise it", () => {
    const b = learner();
    b.told(DIFF);

    expect(b.did()).toEqual([]);
    expect(b.lastZxid).toBe("0x100000003");
  });

  test("committed transactions are neither logged nor applied before NEWLEADER", () => {
    const b = learner();
    b.told(DIFF, proposal(Z4), commit(Z4), proposal(Z5), commit(Z5));

    expect(b.did()).toEqual([]);
    expect(b.lastZxid).toBe("0x100000003");
  });

  test("at NEWLEADER: the log under one force, then the epoch, then the ACK, and no snapshot", () => {
    const b = learner();
    b.told(DIFF, proposal(Z4), commit(Z4), proposal(Z5), commit(Z5), newLeader(b));
    expect(b.did()).toEqual(["append 0x100000004", "append 0x100000005", "force"]);
    b.diskDid("force");
    expect(b.did()).toEqual(["write currentEpoch 2"]);
    b.diskDid("currentEpoch");

    expect(b.did()).toEqual(["to 5: ACK 0x200000000"]);
    expect([b.lastZxid, b.peer.currentEpoch]).toEqual(["0x100000005", 2]);
    expect(nodesOf(b)).toHaveLength(5);
    expect(b.observed("newLeaderAcknowledged")).toMatchObject([{ leader: 5, epoch: 2 }]);
  });

  test("with nothing behind it, the epoch and the ACK are all", () => {
    const b = learner();
    b.told({ kind: "DIFF", zxid: Z3 }, newLeader(b));
    expect(b.did()).toEqual(["write currentEpoch 2"]);
    b.diskDid("currentEpoch");

    expect(b.did()).toEqual(["to 5: ACK 0x200000000"]);
    expect(b.lastZxid).toBe("0x100000003");
  });

  test("the history is never acknowledged one by one", () => {
    const b = learner();
    b.told(DIFF, proposal(Z4), commit(Z4), newLeader(b)).diskDone();

    expect(b.did("send")).toEqual(["to 5: ACK 0x200000000"]);
  });

  test("what is not committed at NEWLEADER waits for UPTODATE to be logged", () => {
    const b = learner();
    b.told(DIFF, proposal(Z4), commit(Z4), proposal(Z5), newLeader(b)).diskDone();
    expect(b.logged.slice(3)).toEqual(["0x100000004"]);
    b.forget();
    b.told(UPTODATE);
    expect(b.did()).toEqual(["to 5: ACK 0x200000000", "append 0x100000005", "force"]);
    b.diskDid("force");

    expect(b.did()).toEqual(["to 5: ACK 0x100000005"]);
    expect(b.lastZxid).toBe("0x100000004");
  });

  test("to a server that may lack a snapshot and does, one is written at NEWLEADER (ZOOKEEPER-3781)", () => {
    const service = serviceConfig({ tickTime: 2000, trustEmptySnapshot: true });
    const files: StoredFiles = { ...upTo(Z3), snapshots: [] };
    const b = learner({ service, disk: { ...E1, files } });
    b.told(DIFF, proposal(Z4), commit(Z4), newLeader(b));
    expect(b.did()).toEqual(["snapshot 0x100000004"]);
    b.diskDid("snapshot").diskDid("currentEpoch");

    expect(b.did()).toEqual(["write currentEpoch 2", "to 5: ACK 0x200000000"]);
  });
});

describe("SNAP", () => {
  test("the leader's tree and zxid take the place of what was in memory at once", () => {
    const b = learner();
    b.told(snap(Z5));

    expect(b.did()).toEqual([]);
    expect(b.lastZxid).toBe("0x100000005");
    expect(nodesOf(b)).toHaveLength(5);
  });

  test("a shorter history takes the place of a longer one, too", () => {
    const b = learner();
    b.told(snap(Z1));

    expect(b.lastZxid).toBe("0x100000001");
    expect(nodesOf(b)).toEqual(["/seed-100000001"]);
  });

  test("that of a serving leader may be (epoch, 0)", () => {
    const b = learner();
    b.told(snap(makeZxid(2, 0)));

    expect(b.lastZxid).toBe("0x200000000");
  });

  test("committed transactions behind it are only applied: the snapshot will hold them", () => {
    const b = learner();
    b.told(snap(Z3), proposal(Z4), proposal(Z5), commit(Z4));

    expect(b.did()).toEqual([]);
    expect(b.lastZxid).toBe("0x100000004");
  });

  test("at NEWLEADER: the snapshot, the old log goes, the epoch, the ACK, each when the one before is on disk", () => {
    const b = learner();
    b.told(snap(Z4), proposal(Z5), commit(Z5), newLeader(b));
    expect(b.did()).toEqual(["snapshot 0x100000005"]);
    b.diskDid("snapshot");
    expect(b.did()).toEqual(["truncate log 0x100000001"]);
    b.diskDid("truncate");
    expect(b.did()).toEqual(["write currentEpoch 2"]);
    b.diskDid("currentEpoch");

    expect(b.did()).toEqual(["to 5: ACK 0x200000000"]);
    expect(b.logged).toEqual([]);
  });

  test("what the snapshot holds is not logged at UPTODATE either", () => {
    const b = learner();
    b.told(snap(Z4), proposal(Z5), commit(Z5), newLeader(b)).diskDone();
    b.told(UPTODATE).diskDone();

    expect(b.logged).toEqual([]);
    expect(b.lastZxid).toBe("0x100000005");
  });

  test("snapshots above it go with the log: they are of another history", () => {
    const files = {
      logs: upTo(Z3).logs,
      snapshots: [...upTo(Z3).snapshots, { zxid: Z3, content: snapshotUpTo(Z3) }],
    };
    const b = learner({ disk: { ...E1, files } });
    b.told(snap(Z1), newLeader(b)).diskDid("snapshot");

    expect(b.did("truncate")).toEqual(["truncate snapshot 0x100000003, log 0x100000001"]);
  });

  test("without any log there is nothing to discard", () => {
    const b = learner({ disk: {} });
    b.told(snap(Z5), newLeader(b)).diskDid("snapshot");

    expect(b.did()).toEqual(["snapshot 0x100000005", "write currentEpoch 1"]);
  });

  test("who starts again from that disk has the leader's history", () => {
    const b = learner();
    b.told(snap(Z4), proposal(Z5), commit(Z5), newLeader(b)).diskDone();
    const again = new Bench({ disk: { ...E1, files: b.service.stored() } });

    expect(again.lastZxid).toBe("0x100000005");
    expect(nodesOf(again)).toEqual(nodesOf(b));
  });
});

describe("TRUNC", () => {
  test("cuts the log at its target, and reads the disk again", () => {
    const b = learner();
    b.told(trunc(Z2));
    expect(b.did()).toEqual(["truncate log 0x100000001 behind 2"]);
    expect(b.lastZxid).toBe("0x100000003");
    b.diskDid("truncate");

    expect(b.logged).toEqual(["0x100000001", "0x100000002"]);
    expect(b.lastZxid).toBe("0x100000002");
    expect(nodesOf(b)).toHaveLength(2);
    expect(b.observed("truncated")).toEqual([{ kind: "truncated", target: Z2, zxid: Z2 }]);
  });

  test("the committed log is that of the new history: a cut transaction is sent to nobody", () => {
    const b = learner();
    b.told(trunc(Z2)).diskDid("truncate");

    expect(b.peer.committedLog.entries.map(({ header }) => header.zxid)).toEqual([Z1, Z2]);
  });

  test("snapshots above the target go first (ZOOKEEPER-1549)", () => {
    const files = {
      logs: upTo(Z3).logs,
      snapshots: [...upTo(Z3).snapshots, { zxid: Z3, content: snapshotUpTo(Z3) }],
    };
    const b = learner({ disk: { ...E1, files } });
    b.told(trunc(Z2));
    expect(b.did()).toEqual(["truncate snapshot 0x100000003, log 0x100000001 behind 2"]);
    b.diskDid("truncate");

    expect(b.lastZxid).toBe("0x100000002");
    expect(nodesOf(b)).toHaveLength(2);
  });

  test("at NEWLEADER: a snapshot, the epoch, the ACK, and the log stays", () => {
    const b = learner();
    b.told(trunc(Z2)).diskDid("truncate");
    b.forget();
    b.told(newLeader(b));
    expect(b.did()).toEqual(["snapshot 0x100000002"]);
    b.diskDid("snapshot");
    expect(b.did()).toEqual(["write currentEpoch 2"]);
    b.diskDid("currentEpoch");

    expect(b.did()).toEqual(["to 5: ACK 0x200000000"]);
    expect(b.logged).toEqual(["0x100000001", "0x100000002"]);
  });

  test("transactions may follow it: what the learner has in the place of others", () => {
    const b = learner();
    const z = makeZxid(2, 1);
    b.told(trunc(Z2), proposal(z), commit(z), newLeader(b)).diskDone();

    expect([b.lastZxid, b.peer.currentEpoch]).toEqual(["0x200000001", 2]);
    expect(b.did("send")).toEqual(["to 5: ACK 0x200000000"]);
  });

  test("what is written afterwards goes to a new file, which its first transaction names", () => {
    const b = learner();
    b.told(trunc(Z2)).diskDid("truncate");
    b.told(newLeader(b)).diskDone();
    b.told(UPTODATE, proposal(makeZxid(2, 1))).diskDone();

    expect(b.service.stored().logs.map(({ firstZxid }) => firstZxid)).toEqual([Z1, makeZxid(2, 1)]);
  });

  describe("where the target cannot be reached", () => {
    /** Its log begins behind the target: the rest of its history came as a snapshot, which is above it. */
    function outOfReach(): Bench {
      const files = {
        snapshots: [{ zxid: Z3, content: snapshotUpTo(Z3) }],
        logs: historyOf([Z4, Z5]).logs,
      };
      const b = learner({ disk: { ...E1, files } });
      b.told(trunc(Z2));
      return b;
    }

    test("nothing is cut, and the server looks again with all that it has", () => {
      const b = outOfReach();

      expect(b.did("truncate")).toEqual([]);
      expect(whyLeft(b)).toEqual(["the log could not be truncated"]);
      expect(b.peer.election.proposal.zxid).toBe(Z5);
      expect(b.logged).toEqual(["0x100000004", "0x100000005"]);
    });

    test("the next leader hears what it has, and that it asks for a snapshot", () => {
      const b = outOfReach();
      b.forget();
      followsAgain(b);

      expect(b.did("send").at(-1)).toBe("to 5: ACKEPOCH 0x100000005, epoch 1");
      const sent = b.port.effects.findLast((effect) => effect.kind === "send");
      expect(sent).toMatchObject({ message: { forceSnapshotSync: true } });
    });

    test("with that snapshot on disk it says what it has once more", () => {
      const b = outOfReach();
      followsAgain(b);
      b.told(snap(Z2), newLeader(b)).diskDone();
      closed(b);
      followsAgain(b);

      expect(b.did("send").at(-1)).toBe("to 5: ACKEPOCH 0x100000002, epoch 3");
    });
  });

  test("a log that lacks the very target cannot be cut there: less would be claimed to be it", () => {
    const files = { ...upTo(ZERO_ZXID), logs: historyOf([Z1, Z2, Z4]).logs };
    const b = learner({ disk: { ...E1, files } });
    b.told(trunc(Z3));

    expect(b.did("truncate")).toEqual([]);
    expect(whyLeft(b)).toEqual(["the log could not be truncated"]);
  });
});

describe("transactions of the history", () => {
  test.each([
    ["twice", Z4],
    ["one below the one before", Z1],
  ])("%s: the learner looks again", (_, second) => {
    const b = learner();
    b.told(DIFF, proposal(Z4), proposal(second));

    expect(whyLeft(b)).toEqual(["a proposal is missing"]);
  });

  test("a later epoch may begin anywhere", () => {
    const b = learner();
    b.told(DIFF, proposal(Z4), proposal(makeZxid(2, 1)));

    expect(b.peer.state).toBe("FOLLOWING");
  });

  test("behind a snapshot, a commit of another than the oldest is passed over", () => {
    const b = learner();
    b.told(snap(Z3), proposal(Z4), commit(Z5));
    expect(b.lastZxid).toBe("0x100000003");
    b.told(commit(Z4));

    expect(b.lastZxid).toBe("0x100000004");
  });

  test("a commit that is missing keeps all behind it from the log until UPTODATE", () => {
    const b = learner();
    b.told(DIFF, proposal(Z4), proposal(Z5), commit(Z5), newLeader(b)).diskDone();

    expect(b.logged).toHaveLength(3);
    expect(b.lastZxid).toBe("0x100000003");
  });

  test("a ping is passed over without an answer until the learner serves", () => {
    const b = learner();
    const ping: QuorumPacket = { kind: "PING", zxid: Z5 };
    b.told(DIFF, ping, newLeader(b)).diskDone();
    b.told(ping);
    expect(b.did("send")).toEqual(["to 5: ACK 0x200000000"]);
    b.told(UPTODATE, ping);

    expect(b.did("send")).toEqual(["to 5: ACK 0x200000000", "to 5: PING 0x100000005"]);
  });
});

describe("while the disk is at work, packets and the end of the connection wait", () => {
  test("transactions that follow NEWLEADER are read when the history is on disk", () => {
    const b = learner();
    b.told(DIFF, proposal(Z4), commit(Z4), newLeader(b), proposal(Z5), commit(Z5));
    b.diskDid("force");
    b.diskDid("currentEpoch");
    expect(b.logged.slice(3)).toEqual(["0x100000004"]);
    expect(b.lastZxid).toBe("0x100000004");
    b.told(UPTODATE);

    expect(b.logged.slice(3)).toEqual(["0x100000004", "0x100000005"]);
    expect(b.lastZxid).toBe("0x100000005");
  });

  test("so are those that follow TRUNC", () => {
    const b = learner();
    b.told(trunc(Z2), proposal(Z4), commit(Z4));
    expect(b.lastZxid).toBe("0x100000003");
    b.diskDid("truncate");

    expect(b.lastZxid).toBe("0x100000004");
  });

  test("UPTODATE that waits behind it is taken at its turn", () => {
    const b = learner();
    b.told(snap(Z5), newLeader(b), UPTODATE);
    b.diskDid("snapshot").diskDid("truncate");
    expect(b.did("send")).toEqual([]);
    b.diskDid("currentEpoch");

    expect(b.did("send")).toEqual(["to 5: ACK 0x200000000", "to 5: ACK 0x200000000"]);
    expect(b.peer.learning?.phase).toBe("serving");
  });

  const STEPS = [
    ["the snapshot", ["snapshot"]],
    ["the old log", ["snapshot", "truncate"]],
    ["the epoch", ["snapshot", "truncate", "currentEpoch"]],
  ] as const;

  test.each(STEPS)(
    "the connection ends while %s is written: that is finished first",
    (_, steps) => {
      const b = learner();
      b.told(snap(Z5), newLeader(b));
      for (const step of steps.slice(0, -1)) b.diskDid(step);
      closed(b);
      expect(b.peer.state).toBe("FOLLOWING");
      b.diskDone();

      expect(whyLeft(b)).toEqual(["connection to the leader lost"]);
      expect(b.peer.currentEpoch).toBe(2);
      expect(b.peer.election.proposal).toMatchObject({ zxid: Z5, peerEpoch: 2 });
    },
  );

  test("what arrived before the end is read first, and logged: it may become history", () => {
    const b = learner();
    b.told(DIFF, proposal(Z4), commit(Z4), newLeader(b), UPTODATE, proposal(Z5));
    closed(b);
    b.diskDone();

    expect(b.observed("serving", "roleLeft").map(({ kind }) => kind)).toEqual([
      "serving",
      "roleLeft",
    ]);
    expect(b.logged.slice(3)).toEqual(["0x100000004", "0x100000005"]);
    expect(b.peer.election.proposal.zxid).toBe(Z5);
  });

  test("so is the history's log, and its epoch", () => {
    const b = learner();
    b.told(DIFF, proposal(Z4), commit(Z4), newLeader(b));
    closed(b);
    b.diskDid("force");
    expect(b.peer.state).toBe("FOLLOWING");
    b.diskDid("currentEpoch");

    expect(whyLeft(b)).toEqual(["connection to the leader lost"]);
    expect(b.logged.slice(3)).toEqual(["0x100000004"]);
  });

  test("a disk slower than the read timeout costs nothing", () => {
    const b = learner();
    b.told(snap(Z5), newLeader(b));
    b.advance(60_000);
    expect(b.peer.state).toBe("FOLLOWING");
    b.diskDone();

    expect(b.due("read", b.dialled)).toBe(60_000 + 10_000);
  });

  test("a snapshot that cannot be written ends the process", () => {
    const b = learner();
    b.told(snap(Z5), newLeader(b));
    b.step({ kind: "snapshotWritten", ok: false });

    expect(b.port.exited).toBe("the snapshot could not be written");
  });
});

describe("UPTODATE", () => {
  test("the second ACK, and the learner serves in the new epoch", () => {
    const b = learner();
    b.told({ kind: "DIFF", zxid: Z3 }, newLeader(b)).diskDone();
    b.forget();
    b.told(UPTODATE);

    expect(b.did()).toEqual(["to 5: ACK 0x200000000"]);
    expect(b.observed("serving")).toEqual([
      { kind: "serving", state: "FOLLOWING", leader: 5, epoch: 2, zxid: Z3 },
    ]);
    expect(b.peer.currentVote.peerEpoch).toBe(2);
  });

  test("what was proposed and committed since NEWLEADER is logged, acknowledged and applied now", () => {
    const b = learner();
    b.told({ kind: "DIFF", zxid: Z3 }, newLeader(b)).diskDone();
    b.told(proposal(Z4), commit(Z4), proposal(Z5)).forget();
    expect(b.lastZxid).toBe("0x100000003");
    b.told(UPTODATE).diskDone();

    expect(b.did("send")).toEqual([
      "to 5: ACK 0x200000000",
      "to 5: ACK 0x100000004",
      "to 5: ACK 0x100000005",
    ]);
    expect(b.lastZxid).toBe("0x100000004");
    expect(b.logged.slice(3)).toEqual(["0x100000004", "0x100000005"]);
  });

  test("and its commit is waited for as that of any other", () => {
    const b = learner();
    b.told(DIFF, proposal(Z4), newLeader(b)).diskDone();
    b.told(UPTODATE, commit(Z4));

    expect(b.lastZxid).toBe("0x100000004");
    expect(b.port.exited).toBeUndefined();
  });
});

describe("observers", () => {
  /** 6 has (1,1) to (1,3). */
  function observer(): Bench {
    return learner({ id: 6 });
  }

  function inform(zxid: Zxid): QuorumPacket {
    return { ...proposal(zxid), kind: "INFORM" } as QuorumPacket;
  }

  test("acknowledge NEWLEADER when their epoch is on disk", () => {
    const b = observer();
    b.told(DIFF, proposal(Z4), commit(Z4), newLeader(b));
    expect(b.did()).toEqual(["write currentEpoch 2"]);
    b.diskDid("currentEpoch");

    expect(b.did()).toEqual(["to 5: ACK 0x200000000"]);
  });

  test("log and apply their history at UPTODATE, as far as it is committed, and acknowledge none of it", () => {
    const b = observer();
    b.told(DIFF, proposal(Z4), commit(Z4), newLeader(b), inform(Z5)).diskDone();
    b.forget();
    b.told(UPTODATE).diskDone();

    expect(b.did("send")).toEqual(["to 5: ACK 0x200000000"]);
    expect(b.logged.slice(3)).toEqual(["0x100000004", "0x100000005"]);
    expect(b.lastZxid).toBe("0x100000005");
  });

  test("write a snapshot that they were sent, as followers do", () => {
    const b = observer();
    b.told(snap(Z5), newLeader(b)).diskDone();

    expect(b.did()).toEqual([
      "snapshot 0x100000005",
      "truncate log 0x100000001",
      "write currentEpoch 2",
      "to 5: ACK 0x200000000",
    ]);
  });

  test("apply what they are informed of behind a snapshot at once", () => {
    const b = observer();
    b.told(snap(Z4), inform(Z5));

    expect(b.lastZxid).toBe("0x100000005");
  });
});

describe("as releases before had it", () => {
  /** What the bench does from NEWLEADER on, with one transaction of history. */
  function withBug(name: string): Bench {
    const b = learner({ rules: rulesWith([name]) });
    b.told(DIFF, proposal(Z4), commit(Z4), newLeader(b));
    return b;
  }

  test("ackBeforeLog: the history is acknowledged and in no log", () => {
    const b = withBug("ackBeforeLog").diskDone();
    expect(b.did()).toEqual(["write currentEpoch 2", "to 5: ACK 0x200000000"]);
    b.told(UPTODATE).diskDone();

    expect(b.logged.slice(3)).toEqual(["0x100000004"]);
    expect(b.lastZxid).toBe("0x100000004");
  });

  test("epochBeforeLog: between the two writes a crash finds the new epoch and the old log", () => {
    const b = withBug("epochBeforeLog");
    expect(b.did()).toEqual(["write currentEpoch 2"]);
    b.diskDid("currentEpoch");
    expect(b.did()).toEqual(["append 0x100000004", "force"]);
    b.diskDid("force");

    expect(b.did()).toEqual(["to 5: ACK 0x200000000"]);
  });

  test("ackProposalFirst: the transaction's acknowledgement may come before that of the history", () => {
    const b = withBug("ackProposalFirst");
    expect(b.did()).toEqual(["append 0x100000004", "force", "write currentEpoch 2"]);
    b.diskDone();
    expect(b.did()).toEqual(["to 5: ACK 0x100000004", "to 5: ACK 0x200000000"]);
    b.told(UPTODATE);

    expect(b.lastZxid).toBe("0x100000004");
  });

  test("diffSetsZxid: what DIFF announces is claimed before it arrives", () => {
    const b = learner({ rules: rulesWith(["diffSetsZxid"]) });
    b.told(DIFF);

    expect(b.lastZxid).toBe("0x100000005");
  });
});
