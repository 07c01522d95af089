import { describe, expect, test } from "vitest";
import type { Bench, BenchSpec } from "../../test/support/server-bench.ts";
import {
  commit,
  diallingLearner,
  leaderInfo,
  newLeader,
  nothingNew,
  promisedLearner,
  proposal,
  registeredLearner,
  servingLearner,
  transaction,
  UPTODATE,
} from "../../test/support/staged.ts";
import { bytes, OPEN, req, type TestClient } from "../../test/support/service-port.ts";
import { epoch, NO_SESSION } from "../ids.ts";
import { generatePasswd } from "../session/session-id.ts";
import type { Txn } from "../tree/txn.ts";
import { makeZxid, ZERO_ZXID, type Zxid } from "../zxid.ts";
import type { QuorumPacket } from "./packets.ts";

// Server 3 of the voters 1 to 5, or the observer 6, has 5 for its leader.

function refused(b: Bench): void {
  b.step({ kind: "dialFailed", connection: b.dialled, reason: "refused" });
}

function closed(b: Bench): void {
  b.step({ kind: "closed", connection: b.dialled });
}

function ping(b: Bench): void {
  b.told({ kind: "PING", zxid: makeZxid(1, 7) });
}

function whyLeft(b: Bench): string[] {
  return b.observed("roleLeft").map(({ why }) => why);
}

/** When it dialled, and within which time it wanted an answer; every try is refused at once. */
function tries(spec: BenchSpec): [atMs: number, withinMs: number][] {
  const b = diallingLearner(spec);
  const dials: [number, number][] = [];
  while (b.peer.learning !== undefined) {
    const dial = b.port.effects.findLast((effect) => effect.kind === "dial");
    dials.push([b.port.nowMs, dial?.timeoutMs ?? 0]);
    refused(b);
    if (b.peer.learning !== undefined) b.advance(100);
  }
  return dials;
}

describe("connecting (Learner.connectToLeader)", () => {
  test("it dials the leader's quorum port, with initLimit to do so", () => {
    expect(diallingLearner().did("dial")).toEqual(["dial 5 quorum within 20000 ms"]);
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
    const b = diallingLearner();
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
    const b = diallingLearner(spec);
    b.advance(200);
    refused(b);
    expect(b.observed("leaderUnreachable")).toMatchObject([{ tries: 1, again: false }]);
    expect(b.peer.state).toBe("LOOKING");
  });

  test("connectToLearnerMasterLimit takes the place of initLimit, for the connection alone", () => {
    const b = diallingLearner({ connectToLearnerMasterLimit: 3 });
    expect(b.did("dial")).toEqual(["dial 5 quorum within 6000 ms"]);
    b.step({ kind: "connected", connection: b.dialled });

    expect(b.due("read", b.dialled)).toBe(20_000);
  });

  test("a try that runs into its timeout was the last one", () => {
    const b = diallingLearner();
    b.advance(20_000);
    b.step({ kind: "dialFailed", connection: b.dialled, reason: "timeout" });

    expect(whyLeft(b)).toEqual(["could not connect to the leader"]);
  });

  test("a pause that took longer than what was left is not followed by a try", () => {
    const b = diallingLearner({ tickMs: 100, initLimit: 3 });
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
    const b = diallingLearner({ id, disk, configVersion: 12 });
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

describe("the leader's epoch (Learner.registerWithLeader)", () => {
  test("a higher one is written before it is acknowledged", () => {
    const b = registeredLearner({ disk: { acceptedEpoch: epoch(7) } });
    b.told(leaderInfo(9));
    expect(b.did()).toEqual(["write acceptedEpoch 9"]);
    expect(b.observed("following")).toEqual([]);
    b.diskDid("acceptedEpoch");

    expect(b.did()).toEqual(["to 5: ACKEPOCH 0x0, epoch 0"]);
    expect(b.observed("following")).toMatchObject([{ leader: 5, epoch: 9 }]);
    expect(b.peer.acceptedEpoch).toBe(9);
  });

  test("the acknowledgement names the last zxid in memory, and the currentEpoch, which stays as it is", () => {
    const disk = { acceptedEpoch: epoch(7), currentEpoch: epoch(6), lastZxid: makeZxid(5, 3) };
    const b = registeredLearner({ disk });
    b.told(leaderInfo(9)).diskDid("acceptedEpoch");

    expect(b.did("send")).toEqual(["to 5: ACKEPOCH 0x500000003, epoch 6"]);
    expect(b.peer.currentEpoch).toBe(6);
  });

  test("an equal one is followed without a write: it is promised already, and not once more", () => {
    const b = registeredLearner({ disk: { acceptedEpoch: epoch(7), currentEpoch: epoch(6) } });
    b.told(leaderInfo(7));

    expect(b.did()).toEqual(["to 5: ACKEPOCH 0x0, no promise"]);
    expect(b.observed("following")).toMatchObject([{ epoch: 7 }]);
  });

  test("a lower one is refused at once, and the files stay as they are", () => {
    const b = registeredLearner({ disk: { acceptedEpoch: epoch(7), currentEpoch: epoch(6) } });
    b.told(leaderInfo(6));

    expect(b.did("write")).toEqual([]);
    expect([b.peer.acceptedEpoch, b.peer.currentEpoch]).toEqual([7, 6]);
    expect([b.peer.state, b.peer.election.round]).toEqual(["LOOKING", 2]);
    expect(whyLeft(b)).toEqual(["the leader's epoch is lower than the one promised"]);
  });

  test.each(["PING", "FOLLOWERINFO"] as const)("a %s in its place ends the role", (kind) => {
    const b = registeredLearner();
    const zxid = makeZxid(1, 0);
    const { id: serverId } = b.ctx.config;
    if (kind === "PING") b.told({ kind, zxid });
    else b.told({ kind, zxid, serverId, protocolVersion: 0x10000, configVersion: 0 });

    expect(whyLeft(b)).toEqual(["unexpected packet"]);
  });
});

describe("while the promise is being written nothing else happens", () => {
  test("the connection breaks: the role ends when the write does", () => {
    const b = registeredLearner();
    b.told(leaderInfo(1));
    closed(b);
    expect(b.peer.state).toBe("FOLLOWING");
    b.diskDid("acceptedEpoch");

    expect(whyLeft(b)).toEqual(["connection to the leader lost"]);
    expect(b.peer.state).toBe("LOOKING");
    expect(b.peer.acceptedEpoch).toBe(1);
  });

  test("so the same leader cannot be followed on a promise that is on no disk", () => {
    const b = registeredLearner();
    b.told(leaderInfo(1));
    closed(b);
    for (const voter of [1, 2, 4]) b.hears(voter, { votes: 5, state: "FOLLOWING", round: 1 });
    b.hears(5, { votes: 5, state: "LEADING", round: 1 });

    expect(b.did("dial")).toEqual([]);
    expect(b.observed("following")).toEqual([]);
  });

  test("a disk slower than the read timeout does not end the role", () => {
    const b = registeredLearner();
    b.told(leaderInfo(1));
    b.advance(60_000);
    expect(b.peer.state).toBe("FOLLOWING");
    b.diskDid("acceptedEpoch");

    expect(b.due("read", b.dialled)).toBe(60_000 + 20_000);
  });

  test("what the leader sends meanwhile is read afterwards", () => {
    const b = registeredLearner();
    b.told(leaderInfo(1), { kind: "DIFF", zxid: ZERO_ZXID });
    expect(b.observed("synchronizing")).toEqual([]);
    b.diskDid("acceptedEpoch");

    expect(b.observed("synchronizing")).toMatchObject([{ leader: 5, mode: "DIFF", zxid: 0 }]);
  });
});

describe("how long it waits for a packet (Learner.readPacket)", () => {
  test.each<[string, () => Bench]>([
    ["LEADERINFO", () => registeredLearner()],
    ["what it is told about its history", () => promisedLearner()],
    ["NEWLEADER", () => promisedLearner().told({ kind: "DIFF", zxid: ZERO_ZXID })],
  ])("for %s: initLimit", (_, waiting) => {
    const b = waiting();
    b.advance(19_999);
    expect(b.peer.state).toBe("FOLLOWING");
    b.advance(1);

    expect(whyLeft(b)).toEqual(["nothing heard from the leader"]);
  });

  test.each<[string, () => Bench]>([
    [
      "UPTODATE",
      () => {
        const b = promisedLearner();
        return b.told(...nothingNew(b)).diskDid("currentEpoch");
      },
    ],
    ["whatever comes when it serves", () => servingLearner()],
  ])("for %s: syncLimit", (_, waiting) => {
    const b = waiting();
    b.advance(9999);
    expect(b.peer.state).toBe("FOLLOWING");
    b.advance(1);

    expect(whyLeft(b)).toEqual(["nothing heard from the leader"]);
  });

  test("every packet begins the time anew", () => {
    const b = servingLearner();
    b.advance(9000);
    ping(b);
    b.advance(9999);
    expect(b.peer.state).toBe("FOLLOWING");
    b.advance(1);

    expect(b.peer.state).toBe("LOOKING");
  });

  test("the end of the connection ends the role at once", () => {
    const b = servingLearner();
    closed(b);

    expect(whyLeft(b)).toEqual(["connection to the leader lost"]);
    expect(b.peer.election.round).toBe(2);
  });

  test("the loss of an election connection does not", () => {
    const b = servingLearner();
    const before = b.meet(5);
    b.step({ kind: "closed", connection: before });

    expect(b.peer.state).toBe("FOLLOWING");
    expect(b.did()).toEqual([]);
    expect(b.meet(5)).not.toBe(before);
  });
});

describe("a follower that serves (Follower.processPacket)", () => {
  const [Z1, Z2, Z3] = [makeZxid(1, 1), makeZxid(1, 2), makeZxid(1, 3)];

  test("a proposal is acknowledged when it is on disk, and not before", () => {
    const b = servingLearner();
    b.told(proposal(Z1));
    expect(b.did()).toEqual(["append 0x100000001", "force"]);
    b.diskDid("force");

    expect(b.did()).toEqual(["to 5: ACK 0x100000001"]);
  });

  test("what comes while a force runs shares the next one, and is acknowledged one by one", () => {
    const b = servingLearner();
    b.told(proposal(Z1), proposal(Z2), proposal(Z3));
    b.diskDid("force");
    expect(b.did()).toEqual([
      "append 0x100000001",
      "force",
      "to 5: ACK 0x100000001",
      "append 0x100000002",
      "append 0x100000003",
      "force",
    ]);
    b.diskDid("force");

    expect(b.did()).toEqual(["to 5: ACK 0x100000002", "to 5: ACK 0x100000003"]);
  });

  test("it is applied when its commit comes, be it before the own disk has it", () => {
    const b = servingLearner();
    b.told(proposal(Z1));
    expect(b.lastZxid).toBe("0x0");
    b.told(commit(Z1));
    expect(b.lastZxid).toBe("0x100000001");
    b.diskDid("force");

    expect(b.did("send")).toEqual(["to 5: ACK 0x100000001"]);
  });

  test("what is on disk is not applied without its commit", () => {
    const b = servingLearner();
    b.told(proposal(Z1)).diskDid("force");

    expect(b.lastZxid).toBe("0x0");
  });

  test("a commit of another than the oldest proposal ends the process", () => {
    const b = servingLearner();
    b.told(proposal(Z1), proposal(Z2), commit(Z2));

    expect(b.did("exit")).toEqual(["exit: a commit does not match the oldest proposal"]);
  });

  test("a commit without any proposal is passed over", () => {
    const b = servingLearner();
    b.told(commit(Z1), proposal(Z1), commit(Z1));

    expect(b.lastZxid).toBe("0x100000001");
  });

  test("a gap in the zxids is no reason for anything", () => {
    const b = servingLearner();
    b.told(proposal(Z1), proposal(Z3), commit(Z1), commit(Z3));

    expect(b.lastZxid).toBe("0x100000003");
  });

  test("what was applied is in its committed log, for when it leads", () => {
    const b = servingLearner();
    b.told(proposal(Z1), proposal(Z2), commit(Z1));

    expect(b.peer.committedLog.entries).toEqual([transaction(Z1)]);
  });

  test.each<QuorumPacket>([
    UPTODATE,
    { kind: "INFORM", zxid: Z1, entry: transaction(Z1) },
    leaderInfo(4),
  ])("$kind is passed over", (packet) => {
    const b = servingLearner();
    b.told(packet);

    expect(b.did()).toEqual([]);
    expect([b.peer.state, b.lastZxid]).toEqual(["FOLLOWING", "0x0"]);
  });
});

describe("an observer that serves (Observer.processPacket)", () => {
  const Z1 = makeZxid(1, 1);
  const inform: QuorumPacket = { kind: "INFORM", zxid: Z1, entry: transaction(Z1) };

  test("it applies and logs what it is informed of, and acknowledges nothing", () => {
    const b = servingLearner({ id: 6 });
    b.told(inform);
    expect(b.lastZxid).toBe("0x100000001");
    b.diskDid("force");

    expect(b.did()).toEqual(["append 0x100000001", "force"]);
  });

  test("without syncEnabled it keeps no log", () => {
    const b = servingLearner({ id: 6, syncEnabled: false });
    b.told(inform);

    expect(b.did()).toEqual([]);
    expect(b.lastZxid).toBe("0x100000001");
  });

  test("proposals and commits are not for it", () => {
    const b = servingLearner({ id: 6 });
    b.told(proposal(Z1), commit(Z1));

    expect(b.did()).toEqual([]);
    expect(b.lastZxid).toBe("0x0");
  });
});

/** The transaction of the request that was forwarded last, as the leader proposes it. */
function proposed(b: Bench, zxid: Zxid, txn: Txn): QuorumPacket {
  const effect = b.port.effects.findLast(
    (effect) => effect.kind === "send" && effect.message.kind === "REQUEST",
  );
  if (effect?.kind !== "send" || effect.message.kind !== "REQUEST") throw new Error("no REQUEST");
  const { session, cxid } = effect.message.request;
  const header = { sessionId: session, cxid, zxid, time: 0 };
  return { kind: "PROPOSAL", zxid, entry: { header, txn } };
}

/** A client with a session, which transaction (1,1) made. */
function connected(b: Bench): TestClient {
  const client = b.client();
  client.connect({ timeOut: 10_000 });
  b.told(proposed(b, makeZxid(1, 1), { kind: "createSession", timeOut: 10_000 }));
  b.told(commit(makeZxid(1, 1))).diskDone();
  expect(client.log()).toEqual(["session"]);
  b.forget();
  return client;
}

const CREATE_A: Txn = {
  kind: "create",
  path: "/a",
  data: bytes("1"),
  acl: [...OPEN],
  ephemeral: false,
  parentCversion: 1,
};

describe("clients of a learner (FollowerRequestProcessor)", () => {
  test("nobody is served before UPTODATE", () => {
    const b = promisedLearner();
    b.told(...nothingNew(b)).diskDid("currentEpoch");
    const client = b.client();
    client.connect();

    expect(client.isClosed).toBe(true);
  });

  test("a new session is the leader's to make, under an id of this server", () => {
    const b = servingLearner();
    const client = b.client();
    client.connect({ timeOut: 10_000 });
    expect(b.did("send", "toClient")).toEqual(["to 5: REQUEST -1"]);
    b.told(proposed(b, makeZxid(1, 1), { kind: "createSession", timeOut: 10_000 }));
    expect(client.log()).toEqual([]);
    b.told(commit(makeZxid(1, 1)));

    expect(client.log()).toEqual(["session"]);
    expect(client.session >> 56n).toBe(3n);
  });

  test("a write is answered when its commit is applied here", () => {
    const b = servingLearner();
    const client = connected(b);
    client.send(req.create("/a", 0, "1"));
    expect(b.did("send", "append")).toEqual(["to 5: REQUEST -1"]);
    b.told(proposed(b, makeZxid(1, 2), CREATE_A));
    expect(client.log()).toEqual([]);
    b.told(commit(makeZxid(1, 2)));

    expect(client.log()).toEqual(["reply 1"]);
  });

  test("one that fails is an error transaction, and answered in its turn", () => {
    const b = servingLearner();
    const client = connected(b);
    client.send(req.delete("/nothing"));
    b.told(proposed(b, makeZxid(1, 2), { kind: "error", err: -101 }), commit(makeZxid(1, 2)));

    expect(client.log()).toEqual(["reply 1 err -101"]);
  });

  test("a read is answered from this server's tree, without the leader", () => {
    const b = servingLearner();
    const client = connected(b);
    client.send(req.exists("/a"));

    expect(client.log()).toEqual(["reply 1 err -101"]);
    expect(b.did("send")).toEqual([]);
  });

  test("a read behind the session's own write waits for it, that of another session does not", () => {
    const b = servingLearner();
    const client = connected(b);
    client.send(req.create("/a", 0, "1"));
    const write = proposed(b, makeZxid(1, 2), CREATE_A);
    client.send(req.getData("/a"));
    expect(client.log()).toEqual([]);
    b.told(write, commit(makeZxid(1, 2)));

    expect(client.log()).toEqual(["reply 1", "reply 2"]);
  });

  test("somebody else's transaction of the same cxid answers nobody here", () => {
    const b = servingLearner();
    const client = connected(b);
    client.send(req.create("/a"));
    const zxid = makeZxid(1, 2);
    const header = { sessionId: NO_SESSION, cxid: 1, zxid, time: 0 };
    b.told({ kind: "PROPOSAL", zxid, entry: { header, txn: CREATE_A } }, commit(zxid));

    expect(client.log()).toEqual([]);
  });

  test("sync goes to the leader, and is answered when SYNC comes", () => {
    const b = servingLearner();
    const client = connected(b);
    client.send(req.sync("/"));
    expect(b.did("send")).toEqual(["to 5: REQUEST -1"]);
    client.send(req.exists("/"));
    expect(client.log()).toEqual([]);
    b.told({ kind: "SYNC", zxid: ZERO_ZXID });

    expect(client.log()).toEqual(["reply 1", "reply 2"]);
  });

  test("each SYNC answers the oldest that waits, and one too many nobody", () => {
    const b = servingLearner();
    const client = connected(b);
    client.send(req.sync("/"));
    client.send(req.sync("/"));
    const sync: QuorumPacket = { kind: "SYNC", zxid: ZERO_ZXID };
    b.told(sync);
    expect(client.log()).toEqual(["reply 1"]);
    b.told(sync, sync);

    expect(client.log()).toEqual(["reply 2"]);
  });

  test("an observer serves in the same way, by INFORM", () => {
    const b = servingLearner({ id: 6 });
    const client = b.client();
    client.connect();
    const { entry } = proposed(b, makeZxid(1, 1), {
      kind: "createSession",
      timeOut: 10_000,
    }) as Extract<QuorumPacket, { kind: "PROPOSAL" | "INFORM" }>;
    b.told({ kind: "INFORM", zxid: makeZxid(1, 1), entry });

    expect(client.log()).toEqual(["session"]);
  });
});

describe("sessions of a learner (LearnerSessionTracker)", () => {
  test("a ping is answered with its own zxid and no session, if nobody was heard of", () => {
    const b = servingLearner();
    ping(b);

    expect(b.port.effects.at(-1)).toMatchObject({
      message: { kind: "PING", zxid: makeZxid(1, 7) },
    });
    expect(b.port.effects.at(-1)).not.toHaveProperty("message.sessions");
  });

  test("the answer names each session that was heard of since the last one, with its timeout", () => {
    const b = servingLearner();
    const client = connected(b);
    client.send(req.ping());
    client.send(req.exists("/"));
    ping(b);
    expect(b.port.effects.at(-1)).toMatchObject({
      message: { kind: "PING", sessions: [[client.session, 10_000]] },
    });
    ping(b);

    expect(b.port.effects.at(-1)).not.toHaveProperty("message.sessions");
  });

  test("it expires no session itself", () => {
    const b = servingLearner();
    connected(b);
    for (let i = 0; i < 20; i++) {
      b.advance(5000);
      ping(b);
    }

    expect(b.did("send").filter((line) => line.includes("REQUEST"))).toEqual([]);
  });

  test.each([
    ["alive", true, ["session"]],
    ["gone", false, ["refused"]],
  ])("a client comes with a session that the leader says is %s", (_, valid, log) => {
    const b = servingLearner();
    const session = connected(b).session;
    const client = b.client();
    client.connect({ sessionId: session, passwd: generatePasswd(session), timeOut: 10_000 });
    expect(b.port.effects.at(-1)).toMatchObject({
      message: { kind: "REVALIDATE", zxid: -1, session, timeoutMs: 10_000 },
    });
    expect(client.log()).toEqual([]);
    b.told({ kind: "REVALIDATE", zxid: -1 as Zxid, session, timeoutMs: 10_000, valid });

    expect(client.log()).toEqual(log);
    expect(client.isClosed).toBe(!valid);
  });

  test("an answer about a session that nobody asks for any more is passed over", () => {
    const b = servingLearner();
    const { session } = connected(b);
    b.told({ kind: "REVALIDATE", zxid: -1 as Zxid, session, timeoutMs: 10_000, valid: true });

    expect(b.did("toClient", "closeClient")).toEqual([]);
  });
});

test("who serves names the new epoch to those who look, with the zxid and round of its vote", () => {
  const b = servingLearner();
  const { zxid, round } = b.peer.currentVote;
  b.hears(2, { votes: 2 });

  expect([zxid, round]).toEqual([0, 1]);
  expect(b.did("send")).toEqual(["to 2: FOLLOWING 5, round 1, zxid 0x0, epoch 1"]);
});

test("and before UPTODATE the epoch that its vote had", () => {
  const b = promisedLearner();
  b.told({ kind: "DIFF", zxid: ZERO_ZXID }, newLeader(b)).diskDid("currentEpoch");
  b.forget();
  b.hears(2, { votes: 2 });

  expect(b.did("send")).toEqual(["to 2: FOLLOWING 5, round 1, zxid 0x0, epoch 99"]);
});
