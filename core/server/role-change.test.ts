import { describe, expect, test } from "vitest";
import { Bench, type BenchSpec } from "../../test/support/server-bench.ts";
import {
  commit,
  followsAgain,
  newLeader,
  promisedLearner,
  proposal,
  servingLeader,
  servingLearner,
  transaction,
  UPTODATE,
} from "../../test/support/staged.ts";
import { req } from "../../test/support/service-port.ts";
import { upTo } from "../../sim/disk/seeded-history.ts";
import { epoch } from "../ids.ts";
import { generatePasswd } from "../session/session-id.ts";
import { makeZxid, ZERO_ZXID } from "../zxid.ts";
import type { QuorumPacket } from "../zab/packets.ts";
import { rulesWith } from "./bugs.ts";
import { takeSnapshot } from "./database.ts";
import { serviceConfig } from "./service/config.ts";

// How a server leaves a role without a crash (ZooKeeperServer.shutdown), and what its next vote covers.

const [Z1, Z2, Z3] = [makeZxid(1, 1), makeZxid(1, 2), makeZxid(1, 3)];
const [NEXT1, NEXT2] = [makeZxid(2, 1), makeZxid(2, 2)];
const DISK = { acceptedEpoch: epoch(1), currentEpoch: epoch(1), lastZxid: Z3 };

function closed(b: Bench): Bench {
  b.step({ kind: "closed", connection: b.dialled });
  return b;
}

/** It follows in epoch 2, has two proposals in its log or on the way there, and none of them committed. */
function withProposals(spec: BenchSpec = {}): Bench {
  const b = servingLearner({ disk: DISK, ...spec });
  b.told(proposal(NEXT1), proposal(NEXT2)).forget();
  return b;
}

describe("the log is written to the end before the server looks again (ZOOKEEPER-4712)", () => {
  test("what was appended and what waits behind it is on disk first", () => {
    const b = closed(withProposals());
    expect(b.peer.state).toBe("FOLLOWING");
    expect(b.observed("roleLeft", "looking")).toEqual([]);
    b.diskDid("force");
    expect(b.peer.state).toBe("FOLLOWING");
    b.diskDid("force");

    expect(b.observed("roleLeft", "looking")).toMatchObject([
      { kind: "roleLeft", state: "FOLLOWING", why: "connection to the leader lost" },
      { kind: "looking", zxid: NEXT2, peerEpoch: 2 },
    ]);
    expect(b.logged.slice(3)).toEqual(["0x200000001", "0x200000002"]);
  });

  test("and is acknowledged to nobody", () => {
    const b = closed(withProposals()).diskDone();

    expect(b.did("send").filter((line) => line.includes("ACK"))).toEqual([]);
    expect(b.observed("acknowledged")).toEqual([]);
  });

  test("meanwhile it answers as in its old role, and its leader's packets reach nobody", () => {
    const b = closed(withProposals());
    b.told(commit(NEXT1));
    b.forget();
    b.hears(2, { votes: 2 });

    expect(b.did("send")).toEqual(["to 2: FOLLOWING 5, round 1, zxid 0x0, epoch 2"]);
    expect(b.lastZxid).toBe("0x100000003");
  });

  test("a leader that loses its followers does the same: what nobody else has is in its vote", () => {
    const { b, one, two } = servingLeader({ disk: DISK });
    b.client().connect();
    b.client().connect();
    for (const connection of [one, two]) b.step({ kind: "closed", connection });
    b.advance(2000);
    expect([b.peer.state, b.peer.leading]).toEqual(["LEADING", undefined]);
    expect([...b.port.listening]).toEqual(["election"]);
    b.diskDone();

    expect(b.observed("committed")).toEqual([]);
    expect(b.peer.state).toBe("LOOKING");
    expect(b.peer.election.proposal).toMatchObject({ zxid: NEXT2, peerEpoch: 2 });
  });

  test("a snapshot that the log began is finished, too", () => {
    const service = serviceConfig({ tickTime: 2000, snapCount: 2 });
    const b = servingLearner({ disk: DISK, service });
    b.told(proposal(NEXT1), proposal(NEXT2), commit(NEXT1), commit(NEXT2)).diskDone();
    closed(b);
    expect(b.peer.state).toBe("FOLLOWING");
    b.advance(1);
    expect(b.port.diskWork).toEqual(["snapshot"]);
    b.diskDid("snapshot");

    expect(b.peer.state).toBe("LOOKING");
  });

  test("an observer waits for its log before it waits for its turn", () => {
    const b = servingLearner({ id: 6, disk: DISK });
    b.told({ kind: "INFORM", zxid: NEXT1, entry: transaction(NEXT1) });
    closed(b);
    expect(b.due("lookDelay")).toBeUndefined();
    b.diskDone();

    expect(b.due("lookDelay")).toBe(b.port.nowMs + 1);
  });

  test("fastForwardEarly: it looks at once, and the log goes on behind the election's back", () => {
    const b = closed(withProposals({ rules: rulesWith(["fastForwardEarly"]) }));
    expect(b.peer.state).toBe("LOOKING");
    b.diskDone();

    expect(b.logged.slice(3)).toEqual(["0x200000001", "0x200000002"]);
    expect(b.peer.election.proposal.zxid).toBe(NEXT1);
  });
});

describe("what the log has beyond the tree is applied, committed or not (ZOOKEEPER-2845)", () => {
  test("the vote, the tree and the committed log cover the whole log", () => {
    const b = closed(withProposals()).diskDone();

    expect(b.lastZxid).toBe("0x200000002");
    expect(takeSnapshot(b.peer).tree.nodes.map(({ path }) => path)).toContain("/seed-200000002");
    expect(b.peer.committedLog.entries.map(({ header }) => header.zxid)).toEqual([
      Z1,
      Z2,
      Z3,
      NEXT1,
      NEXT2,
    ]);
    expect(b.observed("fastForwarded")).toEqual([{ kind: "fastForwarded", from: Z3, to: NEXT2 }]);
  });

  test("what was applied before is not applied again", () => {
    const b = servingLearner({ disk: DISK });
    b.told(proposal(NEXT1), proposal(NEXT2), commit(NEXT1)).diskDone();
    closed(b);

    expect(b.observed("fastForwarded")).toEqual([
      { kind: "fastForwarded", from: NEXT1, to: NEXT2 },
    ]);
    expect(b.peer.committedLog.entries).toHaveLength(5);
  });

  test("with nothing new in the log nothing is said", () => {
    const b = closed(servingLearner({ disk: DISK }));

    expect(b.observed("fastForwarded")).toEqual([]);
    expect(b.peer.election.proposal.zxid).toBe(Z3);
  });

  test("history that came by DIFF and is in no log yet is forgotten", () => {
    const b = promisedLearner({ disk: DISK });
    b.told({ kind: "DIFF", zxid: NEXT1 }, proposal(NEXT1), commit(NEXT1));
    closed(b);

    expect(b.peer.election.proposal.zxid).toBe(Z3);
    expect(b.logged).toHaveLength(3);
  });

  test("a leader that only stepped down keeps its (epoch, 0), which is on no disk", () => {
    const { b, one } = servingLeader({ disk: DISK });
    b.step({ kind: "closed", connection: one });
    b.advance(2000);
    const { acceptedEpoch, currentEpoch } = b.peer;
    const disk = { acceptedEpoch, currentEpoch, files: b.service.stored() };
    const restarted = new Bench({ disk }).boot();

    expect(b.peer.election.proposal.zxid).toBe(makeZxid(2, 0));
    expect(restarted.peer.election.proposal).toMatchObject({ zxid: Z3, peerEpoch: 2 });
  });

  test("a leader that gave up before a quorum had its history votes with its log alone", () => {
    const b = new Bench({ disk: DISK, rules: { ...rulesWith([]), finalizeWaitMs: 0 } });
    b.bootConnected().loopBack();
    for (const voter of [1, 2]) b.hears(voter, { votes: 3, zxid: Z3, epoch: 1 });
    b.diskDone().advance(20_000);

    expect(b.peer.election.proposal).toMatchObject({ zxid: Z3, peerEpoch: 1 });
  });

  test("zxidBeforeQuorum: it keeps a zxid that it never earned", () => {
    const rules = { ...rulesWith(["zxidBeforeQuorum"]), finalizeWaitMs: 0 };
    const b = new Bench({ disk: DISK, rules }).bootConnected();
    b.loopBack();
    for (const voter of [1, 2]) b.hears(voter, { votes: 3, zxid: Z3, epoch: 1 });
    b.diskDone().advance(20_000);

    expect(b.peer.election.proposal.zxid).toBe(makeZxid(2, 0));
  });

  test("keepDirtyMemory: what it logged alone is not in its vote", () => {
    const b = closed(withProposals({ rules: rulesWith(["keepDirtyMemory"]) })).diskDone();

    expect(b.peer.election.proposal.zxid).toBe(Z3);
    expect(b.logged.slice(3)).toEqual(["0x200000001", "0x200000002"]);
  });
});

describe("a snapshot that was interrupted is thrown away (ZOOKEEPER-3642)", () => {
  function snapOf(zxid: typeof Z1): QuorumPacket {
    const { peer } = new Bench({ disk: { files: upTo(zxid) } });
    return { kind: "SNAP", zxid, snapshot: takeSnapshot(peer) };
  }

  test("the server has again what its disk has: tree, zxid, committed log", () => {
    const b = promisedLearner({ disk: DISK });
    b.told(snapOf(makeZxid(2, 5)));
    expect(b.lastZxid).toBe("0x200000005");
    closed(b);

    expect(b.peer.election.proposal.zxid).toBe(Z3);
    const paths = takeSnapshot(b.peer).tree.nodes.map(({ path }) => path);
    expect(paths.filter((path) => path.startsWith("/seed"))).toEqual(
      [Z1, Z2, Z3].map((zxid) => `/seed-${zxid.toString(16)}`),
    );
    expect(b.peer.committedLog.entries).toHaveLength(3);
  });

  test("the transactions behind it go with it", () => {
    const b = promisedLearner({ disk: DISK });
    b.told(snapOf(makeZxid(2, 5)), proposal(makeZxid(2, 6)), commit(makeZxid(2, 6)));
    closed(b);

    expect(b.lastZxid).toBe("0x100000003");
  });

  test("once it is acknowledged it stays", () => {
    const b = promisedLearner({ disk: DISK });
    b.told(snapOf(makeZxid(2, 5)), newLeader(b)).diskDone();
    const { database } = b.peer;
    closed(b);

    expect(b.peer.database).toBe(database);

    expect(b.peer.election.proposal).toMatchObject({ zxid: makeZxid(2, 5), peerEpoch: 2 });
  });

  test("a truncation that was carried out stays, acknowledged or not", () => {
    const b = promisedLearner({ disk: DISK });
    b.told({ kind: "TRUNC", zxid: Z2 }).diskDid("truncate");
    closed(b);

    expect(b.peer.election.proposal.zxid).toBe(Z2);
    expect(b.logged).toEqual(["0x100000001", "0x100000002"]);
  });
});

describe("what follows a truncation is in memory alone, up to NEWLEADER (ZOOKEEPER-5094)", () => {
  test("and goes with an interruption", () => {
    const b = promisedLearner({ disk: DISK });
    b.told({ kind: "TRUNC", zxid: Z2 }).diskDid("truncate");
    b.told(proposal(makeZxid(2, 6)), commit(makeZxid(2, 6)));
    expect(b.lastZxid).toBe("0x200000006");
    closed(b);

    expect(b.lastZxid).toBe("0x100000002");
    expect(b.logged).toEqual(["0x100000001", "0x100000002"]);
  });
});

describe("clients are cut off", () => {
  /** A follower with a client that has a session, which (2,1) made. */
  function withClient() {
    const b = servingLearner({ disk: DISK });
    const client = b.client();
    client.connect({ timeOut: 10_000 });
    const sent = b.port.effects.at(-1);
    const session =
      sent?.kind === "send" && sent.message.kind === "REQUEST" && sent.message.request.session;
    const header = { sessionId: session || client.session, cxid: 0, zxid: NEXT1, time: 0 };
    const entry = { header, txn: { kind: "createSession", timeOut: 10_000 } as const };
    b.told({ kind: "PROPOSAL", zxid: NEXT1, entry }, commit(NEXT1)).diskDone();
    expect(client.log()).toEqual(["session"]);
    b.forget();
    return { b, client };
  }

  test("at once, and what they asked for is never answered", () => {
    const { b, client } = withClient();
    client.send(req.create("/a"));
    closed(b);

    expect(client.isClosed).toBe(true);
    expect(client.log()).toEqual([]);
    expect(b.peer.service.connections.size).toBe(0);
  });

  test("a leader's are, too, before its log is written to the end", () => {
    const { b, one, two } = servingLeader({ disk: DISK });
    const client = b.client();
    client.connect();
    for (const connection of [one, two]) b.step({ kind: "closed", connection });
    b.advance(2000);

    expect(b.peer.state).toBe("LEADING");
    expect(client.isClosed).toBe(true);
  });

  test("nobody gets in while the server looks, nor in a role that does not serve yet", () => {
    const { b } = withClient();
    closed(b);
    const early = b.client();
    early.connect();
    expect(early.isClosed).toBe(true);
    followsAgain(b);
    const late = b.client();
    late.connect();

    expect(late.isClosed).toBe(true);
  });

  test("their sessions outlive it: with the next leader they go on", () => {
    const { b, client } = withClient();
    const { session } = client;
    closed(b);
    followsAgain(b);
    b.told({ kind: "DIFF", zxid: NEXT1 }, newLeader(b)).diskDone();
    b.told(UPTODATE);
    const again = b.client();
    again.connect({ sessionId: session, passwd: generatePasswd(session), timeOut: 10_000 });
    b.told({ kind: "REVALIDATE", zxid: ZERO_ZXID, session, timeoutMs: 10_000, valid: true });

    expect(again.log()).toEqual(["session"]);
    expect([...b.peer.database.sessions.keys()]).toEqual([session]);
  });

  test("a question about a session that the old leader never answered is forgotten", () => {
    const { b, client } = withClient();
    const { session } = client;
    const again = b.client();
    again.connect({ sessionId: session, passwd: generatePasswd(session), timeOut: 10_000 });
    closed(b);

    expect(again.isClosed).toBe(true);
    followsAgain(b);
    expect(b.peer.learning?.pendingRevalidations.size).toBe(0);
  });

  test("a leader's watch over sessions ends: none expires while the server looks", () => {
    const { b, one, two } = servingLeader({ disk: DISK });
    b.client().connect({ timeOut: 10_000 });
    b.ackedBy(one, NEXT1);
    b.ackedBy(two, NEXT1);
    b.diskDone();
    for (const connection of [one, two]) b.step({ kind: "closed", connection });
    b.advance(2000);
    expect(b.peer.state).toBe("LOOKING");
    b.forget();
    b.advance(60_000);

    expect(b.did("append")).toEqual([]);
    expect(b.peer.database.sessions.size).toBe(1);
  });
});

describe("a crash between a leader's snapshot and the end of the log that it replaces", () => {
  /** What the disk of a learner holds then: the snapshot, and a log that ends with what the leader never had. */
  function half(): Bench {
    const b = promisedLearner({ disk: DISK });
    const { peer } = new Bench({ disk: { files: upTo(Z1) } });
    b.told({ kind: "SNAP", zxid: makeZxid(2, 5), snapshot: takeSnapshot(peer) }, newLeader(b));
    b.diskDid("snapshot");
    const files = structuredClone(b.service.stored());
    return new Bench({ disk: { acceptedEpoch: epoch(2), currentEpoch: epoch(1), files } });
  }

  test("at the next start the old log means nothing, and goes before anything else happens", () => {
    const b = half();
    expect(b.lastZxid).toBe("0x200000005");
    expect(b.peer.committedLog.entries).toEqual([]);
    b.boot();
    expect(b.logged).toEqual(["0x100000001", "0x100000002", "0x100000003"]);
    expect(b.observed("looking")).toEqual([]);
    b.diskDid("truncate");

    expect(b.logged).toEqual([]);
  });
});

describe("the start of a process (QuorumPeer.loadDataBase)", () => {
  test("on an empty disk a snapshot is written before anything else", () => {
    const b = new Bench();
    b.step({ kind: "boot" });
    expect(b.did()).toEqual(["listen election", "snapshot 0x0"]);
    expect(b.peer.election.round).toBe(0);
    b.diskDid("snapshot");

    expect(b.peer.election.round).toBe(1);
  });

  test("with a snapshot there it looks at once, with all that its log has", () => {
    const b = new Bench({ disk: DISK });
    b.step({ kind: "boot" });

    expect(b.port.diskWork).toEqual([]);
    expect(b.peer.election.proposal).toMatchObject({ zxid: Z3, peerEpoch: 1 });
    expect(b.peer.committedLog.entries).toHaveLength(3);
  });

  test("what it logs goes to a new file: the old one's end may be torn", () => {
    const b = servingLearner({ disk: DISK });
    b.told(proposal(NEXT1)).diskDone();

    expect(b.service.stored().logs.map(({ firstZxid }) => firstZxid)).toEqual([Z1, NEXT1]);
  });
});
