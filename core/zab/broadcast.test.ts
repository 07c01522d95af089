import { describe, expect, test } from "vitest";
import type { Bench, BenchSpec } from "../../test/support/server-bench.ts";
import { servingLeader, type WithTwo } from "../../test/support/staged.ts";
import { req, type TestClient } from "../../test/support/service-port.ts";
import { type SessionId, sessionId } from "../ids.ts";
import type { ConnectionId } from "../server/port.ts";
import type { ClientRequest } from "../server/service/client-request.ts";
import { SELF } from "../session/session-tracker.ts";
import { treeDigest } from "../tree/data-tree.ts";
import type { Request } from "../wire/records.ts";
import { formatZxid, makeZxid, MAX_COUNTER, ZERO_ZXID, type Zxid } from "../zxid.ts";
import { isWithinSyncLimit, newSyncLimitCheck } from "./sync-limit-check.ts";

// Server 3 of the voters 1 to 3 leads epoch 1, and 1 and 2 follow; 4 is an observer. Two are a quorum.

function leader(spec: BenchSpec = {}): WithTwo {
  return servingLeader({ voters: 3, ...spec });
}

const [Z1, Z2, Z3] = [makeZxid(1, 1), makeZxid(1, 2), makeZxid(1, 3)];
const MINUS_ONE = -1 as Zxid;

/** A client of the leader with a session, which (1,1) made; all of that is forgotten. */
function withClient(spec: BenchSpec = {}): WithTwo & { readonly client: TestClient } {
  const given = leader(spec);
  const { b, one, two } = given;
  const client = b.client();
  client.connect({ timeOut: 10_000 });
  const zxid = b.peer.leading?.lastProposed ?? ZERO_ZXID;
  b.ackedBy(one, zxid);
  b.ackedBy(two, zxid);
  b.diskDone();
  expect(client.log()).toEqual(["session"]);
  b.forget();
  return { ...given, client };
}

const THEIRS = sessionId(0x100000000000001n);

/** A learner forwards a request of a session that began there. */
function forwards(
  b: Bench,
  learner: ConnectionId,
  body: Request,
  session: SessionId = THEIRS,
  cxid = 1,
): void {
  const request: ClientRequest = {
    session,
    cxid,
    op: body.kind,
    body,
    identities: [{ scheme: "ip", id: "127.0.0.1" }],
    owner: SELF,
    connection: undefined,
    isFromClient: body.kind !== "createSession",
  };
  b.receive(learner, { kind: "REQUEST", zxid: MINUS_ONE, request });
}

/** As `leader`, and 1 has a session with a timeout of 10 s, which (1,1) made. */
function withTheirSession(spec: BenchSpec = {}): WithTwo {
  const given = leader(spec);
  const { b, one, two } = given;
  forwards(b, one, { kind: "createSession", timeOut: 10_000 });
  b.ackedBy(one, Z1);
  b.ackedBy(two, Z1);
  b.diskDone();
  b.forget();
  return given;
}

function toFollowers(packet: string): string[] {
  return ["to 1", "to 2"].map((to) => `${to}: ${packet}`);
}

function committed(b: Bench): string[] {
  return b.observed("committed").map(({ zxid }) => formatZxid(zxid));
}

describe("a proposal (Leader.propose)", () => {
  test("it goes to every synchronised follower and to the leader's own log, and waits", () => {
    const { b, client } = withClient();
    client.send(req.create("/a"));

    expect(b.did()).toEqual([
      ...toFollowers("PROPOSAL 0x100000002"),
      "append 0x100000002",
      "force",
    ]);
    expect(client.log()).toEqual([]);
  });

  test("the first of an epoch is (epoch, 1), and the next ones do not wait for it", () => {
    const { b } = leader();
    for (let i = 0; i < 3; i++) b.client().connect();

    expect(b.did("send").filter((line) => line.startsWith("to 1"))).toEqual([
      "to 1: PROPOSAL 0x100000001",
      "to 1: PROPOSAL 0x100000002",
      "to 1: PROPOSAL 0x100000003",
    ]);
  });

  test("a request that fails is an error transaction, proposed like any other", () => {
    const { b, client } = withClient();
    client.send(req.delete("/nothing"));

    expect(b.did("send")).toEqual(toFollowers("PROPOSAL 0x100000002"));
    expect(b.observed("proposed")).toMatchObject([
      { entry: { txn: { kind: "error", err: -101 } } },
    ]);
  });

  test("a read is none", () => {
    const { b, client } = withClient();
    client.send(req.exists("/"));

    expect(b.did("send", "append")).toEqual([]);
    expect(client.log()).toEqual(["reply 1"]);
  });

  test("what is decided looks at what was proposed before, applied or not", () => {
    const { b, client } = withClient();
    client.send(req.create("/a"));
    client.send(req.create("/a"));

    expect(b.observed("proposed").map(({ entry }) => entry.txn.kind)).toEqual(["create", "error"]);
  });

  test("an observer hears nothing of it, nor does a learner whose history is not decided", () => {
    const { b } = leader();
    b.syncedBy(4, { observer: true });
    b.joinedBy(1);
    b.forget();
    b.client().connect();

    expect(b.did("send")).toEqual(toFollowers("PROPOSAL 0x100000001"));
  });

  test("one that a learner forwarded is the same, and answered where its client is", () => {
    const { b, two } = withTheirSession();
    forwards(b, two, req.create("/b"), THEIRS, 7);

    expect(b.did("send")).toEqual(toFollowers("PROPOSAL 0x100000002"));
    expect(b.observed("proposed")).toMatchObject([
      { entry: { header: { sessionId: THEIRS, cxid: 7 } } },
    ]);
    expect(b.did("toClient")).toEqual([]);
  });

  test("with leaderServes=no it has no clients of its own, and serves its learners", () => {
    const { b, one } = leader({ leaderServes: false });
    const client = b.client();
    client.connect();
    expect(client.isClosed).toBe(true);
    forwards(b, one, { kind: "createSession", timeOut: 10_000 });

    expect(b.did("send")).toEqual(toFollowers("PROPOSAL 0x100000001"));
  });
});

describe("acknowledgements (Leader.processAck)", () => {
  test("the leader's own counts when its disk has the transaction, and not before", () => {
    const { b, one } = leader();
    b.client().connect();
    b.ackedBy(one, Z1);
    expect(committed(b)).toEqual([]);
    b.diskDid("force");

    expect(b.observed("committed")).toEqual([{ kind: "committed", zxid: Z1, quorum: [1, 3] }]);
  });

  test("its disk alone commits nothing", () => {
    const { b } = leader();
    b.client().connect();
    b.diskDid("force");

    expect(b.did("send").filter((line) => line.includes("COMMIT"))).toEqual([]);
  });

  test("followers that are a quorum commit before the leader has it on disk", () => {
    const { b, one, two } = leader();
    b.client().connect();
    b.ackedBy(one, Z1);
    b.ackedBy(two, Z1);

    expect(b.observed("committed")).toEqual([{ kind: "committed", zxid: Z1, quorum: [1, 2] }]);
    expect(b.port.diskWork).toEqual(["force"]);
  });

  test("one that comes twice counts once", () => {
    const { b, one } = leader();
    b.client().connect();
    b.ackedBy(one, Z1);
    b.ackedBy(one, Z1);

    expect(committed(b)).toEqual([]);
  });

  test("an observer's counts for nothing", () => {
    const { b, one } = leader();
    const four = b.syncedBy(4, { observer: true });
    b.client().connect();
    b.ackedBy(four, Z1);
    b.ackedBy(one, Z1);

    expect(committed(b)).toEqual([]);
  });

  test.each([
    ["(epoch, 0), the second one of the history", makeZxid(1, 0)],
    ["what was not proposed yet", Z2],
    ["what an earlier epoch had", makeZxid(0, 9)],
  ])("one of %s is passed over", (_, zxid) => {
    const { b, one, two } = leader();
    b.client().connect();
    b.forget();
    b.ackedBy(one, zxid);
    b.ackedBy(two, zxid);

    expect(b.did()).toEqual([]);
    expect(b.peer.leading?.outstanding).toMatchObject([{ acks: [] }]);
  });

  test("one that comes late changes nothing", () => {
    const { b, one, two } = leader();
    b.client().connect();
    b.ackedBy(one, Z1);
    b.ackedBy(two, Z1);
    b.forget();
    b.diskDid("force");
    b.ackedBy(one, Z1);

    expect(b.did()).toEqual([]);
  });
});

describe("a commit (Leader.commit)", () => {
  test("followers get COMMIT, observers all of it, and the client its answer when it is applied here", () => {
    const { b, one, client } = withClient();
    b.syncedBy(4, { observer: true });
    client.send(req.create("/a"));
    b.forget();
    b.ackedBy(one, Z2);
    b.diskDid("force");

    expect(b.did()).toEqual([
      ...toFollowers("COMMIT 0x100000002"),
      "to 4: INFORM 0x100000002",
      "to client 1: reply 1",
    ]);
    expect(b.lastZxid).toBe("0x100000002");
  });

  test("transactions commit in their order: a quorum for the second waits for the first", () => {
    const { b, one, two } = leader();
    b.client().connect();
    b.client().connect();
    b.ackedBy(one, Z2);
    b.ackedBy(two, Z2);

    expect(committed(b)).toEqual([]);
    expect(b.lastZxid).toBe("0x100000000");
  });

  test("nor is it looked at again when the first commits, but with its own next acknowledgement", () => {
    const { b, one, two } = leader();
    b.client().connect();
    b.client().connect();
    b.ackedBy(one, Z2);
    b.ackedBy(two, Z2);
    b.ackedBy(one, Z1);
    b.ackedBy(two, Z1);
    expect(committed(b)).toEqual(["0x100000001"]);
    b.diskDone();

    expect(committed(b)).toEqual(["0x100000002"]);
  });

  test("one force may commit several, one after another", () => {
    const { b, one } = leader();
    for (let i = 0; i < 3; i++) b.client().connect();
    for (const zxid of [Z1, Z2, Z3]) b.ackedBy(one, zxid);
    b.diskDid("force");
    expect(committed(b)).toEqual(["0x100000001"]);
    b.diskDid("force");

    expect(committed(b)).toEqual(["0x100000002", "0x100000003"]);
  });

  test("it is what the committed log has, for learners that lack it", () => {
    const { b, one, two } = leader();
    b.client().connect();
    b.client().connect();
    b.ackedBy(one, Z1);
    b.ackedBy(two, Z1);

    expect(b.peer.committedLog.entries.map(({ header }) => header.zxid)).toEqual([Z1]);
  });

  test("thousands of them leave no trace among the outstanding ones", () => {
    const { b, one, two } = withTheirSession();
    for (let counter = 2; counter < 3000; counter++) {
      const zxid = makeZxid(1, counter);
      forwards(b, one, req.setData("/", "x"), THEIRS, counter);
      b.ackedBy(one, zxid);
      b.ackedBy(two, zxid);
      b.diskDone();
    }
    const { outstanding, firstOutstanding } = b.peer.leading ?? {};

    expect(b.lastZxid).toBe(formatZxid(makeZxid(1, 2999)));
    expect([outstanding?.length, firstOutstanding]).toEqual([0, 0]);
  });

  test("whoever starts from the leader's log has the leader's tree", () => {
    const { b, one, client } = withClient();
    client.send(req.create("/a"));
    client.send(req.create("/a/b", 1));
    client.send(req.setData("/a", "x"));
    for (let counter = 2; counter <= 4; counter++) b.ackedBy(one, makeZxid(1, counter));
    b.diskDone();
    expect(client.log()).toEqual(["reply 1", "reply 2", "reply 3"]);
    const before = treeDigest(b.peer.database.tree);
    const { b: other } = leader({ disk: { files: b.service.stored() } });

    expect(treeDigest(other.peer.database.tree)).toBe(before);
  });
});

describe("sync (Leader.processSync)", () => {
  const sync = req.sync("/");

  test("with nothing under way it is answered at once", () => {
    const { b, one } = withTheirSession();
    forwards(b, one, sync);

    expect(b.did()).toEqual(["to 1: SYNC 0x0"]);
  });

  test("otherwise behind the commit of what was proposed last", () => {
    const { b, one, two } = withTheirSession();
    forwards(b, two, req.create("/a"), THEIRS, 2);
    forwards(b, two, req.create("/b"), THEIRS, 3);
    forwards(b, one, sync, THEIRS, 4);
    forwards(b, two, req.create("/c"), THEIRS, 5);
    b.forget();
    b.ackedBy(one, Z2);
    b.ackedBy(two, Z2);
    expect(b.did("send")).toEqual(toFollowers("COMMIT 0x100000002"));
    b.ackedBy(one, Z3);
    b.ackedBy(two, Z3);

    expect(b.did("send")).toEqual([...toFollowers("COMMIT 0x100000003"), "to 1: SYNC 0x0"]);
  });

  test("several that wait for the same are answered in their order", () => {
    const { b, one, two } = withTheirSession();
    forwards(b, two, req.create("/a"), THEIRS, 2);
    for (const learner of [two, one, two]) forwards(b, learner, sync, THEIRS, 3);
    b.ackedBy(one, Z2);
    b.ackedBy(two, Z2);

    expect(b.did("send").slice(-3)).toEqual(
      ["to 2", "to 1", "to 2"].map((to) => `${to}: SYNC 0x0`),
    );
  });

  test("a client of the leader itself is answered like a reader: no quorum is asked", () => {
    const { b, client } = withClient();
    client.send(sync);

    expect(client.log()).toEqual(["reply 1"]);
    expect(b.did("send")).toEqual([]);
  });
});

describe("sessions (LeaderSessionTracker)", () => {
  /** Time passes in half ticks; both followers answer each ping, 1 with these sessions. */
  function pass({ b, one, two }: WithTwo, ms: number, sessions: [SessionId, number][] = []): void {
    for (let passed = 0; passed < ms; passed += 1000) {
      b.advance(1000);
      b.receive(one, { kind: "PING", zxid: ZERO_ZXID, sessions });
      b.receive(two, { kind: "PING", zxid: ZERO_ZXID });
    }
  }

  function closings(b: Bench): unknown[] {
    return b
      .observed("proposed")
      .filter(({ entry }) => entry.txn.kind === "closeSession")
      .map(({ entry }) => entry.header.sessionId);
  }

  test("one that nobody has heard of for its timeout is closed by a transaction", () => {
    const given = withTheirSession();
    pass(given, 1000, [[THEIRS, 10_000]]);
    pass(given, 10_000);
    expect(closings(given.b)).toEqual([]);
    // Sessions expire in buckets of a tick.
    pass(given, 2000);

    expect(closings(given.b)).toEqual([THEIRS]);
  });

  test("one that a follower's ping names is not", () => {
    const given = withTheirSession();
    pass(given, 60_000, [[THEIRS, 10_000]]);

    expect(closings(given.b)).toEqual([]);
  });

  test("a new leader gives each session its full timeout again", () => {
    const { b: before } = withTheirSession();
    const files = before.service.stored();
    const given = leader({ disk: { files } });
    pass(given, 9000);
    expect(closings(given.b)).toEqual([]);
    pass(given, 5000);

    expect(closings(given.b)).toEqual([THEIRS]);
  });

  test.each([
    ["one that lives", THEIRS, true],
    ["one that nobody knows", sessionId(77n), false],
  ])("a learner asks about %s", (_, session, valid) => {
    const { b, two } = withTheirSession();
    b.receive(two, { kind: "REVALIDATE", zxid: MINUS_ONE, session, timeoutMs: 10_000 });

    expect(b.port.effects.at(-1)).toMatchObject({
      connection: two,
      message: { kind: "REVALIDATE", zxid: -1, session, timeoutMs: 10_000, valid },
    });
  });

  test("about one that is being closed: it is gone", () => {
    const { b, one, two } = withTheirSession();
    forwards(b, one, { kind: "closeSession" });
    b.receive(two, { kind: "REVALIDATE", zxid: MINUS_ONE, session: THEIRS, timeoutMs: 10_000 });

    expect(b.port.effects.at(-1)).toMatchObject({ message: { valid: false } });
  });

  test("to ask is a sign of life", () => {
    const given = withTheirSession();
    pass(given, 9000);
    const { b, two } = given;
    b.receive(two, { kind: "REVALIDATE", zxid: MINUS_ONE, session: THEIRS, timeoutMs: 10_000 });
    pass(given, 9000);

    expect(closings(b)).toEqual([]);
  });

  test("who has asked speaks for the session: what still comes through the other has moved", () => {
    const { b, one, two } = withTheirSession();
    b.receive(two, { kind: "REVALIDATE", zxid: MINUS_ONE, session: THEIRS, timeoutMs: 10_000 });
    forwards(b, one, req.create("/late"), THEIRS, 2);
    forwards(b, two, req.create("/new"), THEIRS, 3);

    expect(b.observed("proposed").map(({ entry }) => entry.txn)).toMatchObject([
      { kind: "error", err: -118 },
      { kind: "create", path: "/new" },
    ]);
  });

  test("a client that comes to the leader itself with its session needs nobody's answer", () => {
    const { b, client } = withClient();
    const { sessionId: session, passwd } = client.response;
    const again = b.client();
    again.connect({ sessionId: session, passwd });

    expect(again.log()).toEqual(["session"]);
    expect(b.did("send")).toEqual([]);
  });
});

describe("a follower that reads and answers pings but logs nothing (LearnerHandler.SyncLimitCheck)", () => {
  /** Half ticks in which both answer pings, and 2 acknowledges what there is. */
  function pass({ b, one, two }: WithTwo, ms: number, acked: readonly Zxid[]): void {
    for (let passed = 0; passed < ms; passed += 1000) {
      b.advance(1000);
      for (const connection of [one, two]) b.receive(connection, { kind: "PING", zxid: ZERO_ZXID });
      for (const zxid of acked) b.ackedBy(two, zxid);
    }
  }

  function lost(b: Bench): string[] {
    return b.observed("learnerLost").map(({ learner, why }) => `${learner}: ${why}`);
  }

  test("it is cut off, in place of a ping, when it owes an acknowledgement for syncLimit", () => {
    const given = leader();
    const { b } = given;
    b.client().connect();
    b.diskDone();
    pass(given, 9000, [Z1]);
    expect(lost(b)).toEqual([]);
    b.forget();
    b.advance(1000);

    expect(lost(b)).toEqual(["1: acknowledges nothing within syncLimit"]);
    expect(b.did("send", "close")).toEqual(["close 1", "to 2: PING 0x100000001"]);
  });

  test("one that acknowledges in time is not, whatever else it owes since", () => {
    const given = leader();
    const { b, one } = given;
    b.client().connect();
    pass(given, 6000, [Z1]);
    b.client().connect();
    pass(given, 3000, [Z1, Z2]);
    b.ackedBy(one, Z1);
    pass(given, 6000, [Z2]);
    expect(lost(b)).toEqual([]);
    b.advance(1000);

    expect(lost(b)).toEqual(["1: acknowledges nothing within syncLimit"]);
  });

  test("what a learner was sent before it acknowledged its history is not timed", () => {
    const given = leader();
    const { b } = given;
    const again = b.joinedBy(1);
    b.promisedBy(again);
    b.client().connect();
    b.ackedBy(again, makeZxid(1, 0));
    const handler = b.peer.leading?.handlers.at(-1);

    expect(handler?.timing).toEqual({ ...newSyncLimitCheck(), isRunning: true });
    expect(isWithinSyncLimit(newSyncLimitCheck(), 1e9, 10_000)).toBe(true);
  });
});

describe("the last zxid of an epoch (ZOOKEEPER-1277)", () => {
  test("counter 0xfffffffe is used, 0xffffffff ends the leadership, and nothing is proposed with it", () => {
    const { b, client } = withClient({ initialCounter: MAX_COUNTER - 1 });
    expect(b.lastZxid).toBe("0x1fffffffe");
    client.send(req.create("/a"));

    expect(b.did("append")).toEqual([]);
    expect(b.observed("proposed", "roleLeft")).toMatchObject([
      { kind: "roleLeft", why: "zxids of the epoch are used up" },
    ]);
    expect(client.isClosed).toBe(true);
    expect(b.peer.state).toBe("LOOKING");
    expect(b.peer.election.proposal.zxid).toBe(makeZxid(1, MAX_COUNTER));
  });

  test("what is under way when it comes is written to the end first", () => {
    const { b } = leader({ initialCounter: MAX_COUNTER - 1 });
    b.client().connect();
    b.client().connect();
    expect(b.peer.leading).toBeUndefined();
    expect(b.peer.state).toBe("LEADING");
    b.diskDone();

    expect(b.peer.state).toBe("LOOKING");
    expect(b.peer.election.proposal.zxid).toBe(makeZxid(1, MAX_COUNTER));
  });

  test("the next leader begins an epoch of its own, at (2, 1)", () => {
    const { b } = withClient({ initialCounter: MAX_COUNTER - 1 });
    const { acceptedEpoch, currentEpoch } = b.peer;
    const disk = { acceptedEpoch, currentEpoch, files: b.service.stored() };
    const { b: next } = leader({ disk });
    next.client().connect();

    expect(next.did("send").at(-1)).toBe("to 2: PROPOSAL 0x200000001");
  });
});
