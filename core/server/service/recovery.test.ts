import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  OPEN,
  type RecordingServicePort,
  req,
  ServiceBench,
  type TestClient,
} from "../../../test/support/service-port.ts";
import { sessionId } from "../../ids.ts";
import { applyTxn, newTree, treeDigest } from "../../tree/data-tree.ts";
import { type NodeImage, type TreeImage, treeImage } from "../../tree/snapshot.ts";
import { newWatches } from "../../tree/watches.ts";
import type { Request } from "../../wire/records.ts";
import { zxid } from "../../zxid.ts";
import { recover, type Recovered, type StoredFiles } from "./recovery.ts";
import type { LogEntry } from "./service-port.ts";
import type { Snapshot } from "./snapshot.ts";

const OPTIONS = { extendedTypes: true };

/** What the entries of a log make of an empty server, one after another: the truth about them. */
function truth(entries: readonly LogEntry[]): { digest: string; sessions: object; last: number } {
  const tree = newTree(OPTIONS);
  const sessions = new Map<bigint, number>();
  for (const { header, txn } of entries) {
    if (txn.kind === "createSession") sessions.set(header.sessionId, txn.timeOut);
    if (txn.kind === "closeSession") sessions.delete(header.sessionId);
    applyTxn(tree, newWatches(), header, txn, () => {});
  }
  return { digest: treeDigest(tree), sessions, last: tree.lastProcessedZxid };
}

function recovered(files: StoredFiles): Recovered {
  const recovery = recover(files, OPTIONS);
  if (recovery.kind === "refused") throw new Error(recovery.why);
  return recovery;
}

function stateOf({ database }: Recovered): ReturnType<typeof truth> {
  const { tree, sessions } = database;
  return { digest: treeDigest(tree), sessions, last: tree.lastProcessedZxid };
}

function entriesOf(files: StoredFiles): LogEntry[] {
  return files.logs.flatMap((log) =>
    log.entries.flatMap((stored) => (stored.kind === "entry" ? [stored.entry] : [])),
  );
}

const PATHS = ["/a", "/b", "/a/x", "/a/y", "/b/x", "/a/x/z"];
const path = fc.constantFrom(...PATHS);
const operation: fc.Arbitrary<Request> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(path, fc.constantFrom(0, 1, 2, 3))
      .map(([p, flags]) => req.create(p, flags)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(path, fc.constantFrom("", "x", "yy"))
      .map(([p, data]) => req.setData(p, data)),
  },
  { weight: 3, arbitrary: path.map((p) => req.delete(p)) },
  {
    weight: 1,
    arbitrary: fc.tuple(path, fc.constantFrom(31, 15)).map(([p, perms]): Request => ({
      kind: "setACL",
      path: p,
      acl: [{ ...OPEN[0], perms }],
      version: -1,
    })),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(
        fc.oneof(
          path.map((p) => req.create(p)),
          path.map((p) => req.delete(p)),
          path.map((p) => req.setData(p, "m")),
        ),
        {
          maxLength: 4,
        },
      )
      .map((ops) => req.multi(...ops)),
  },
  {
    weight: 1,
    arbitrary: path.map(
      (p): Request => ({ ...req.create(p, 4), kind: "createContainer" }) as Request,
    ),
  },
);

type Action =
  | { readonly kind: "ask"; readonly client: number; readonly request: Request }
  | { readonly kind: "force" | "time" | "snapshot" | "connect" }
  | { readonly kind: "close"; readonly client: number };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant("ask" as const),
      client: fc.nat(2),
      request: operation,
    }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: "force" as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: "time" as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: "snapshot" as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: "connect" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("close" as const), client: fc.nat(2) }) },
);

/** Plays a workload against a slow disk; snapshots come often, begin before and are written after what they hold. */
function play(bench: ServiceBench, actions: readonly Action[]): void {
  const clients: TestClient[] = [bench.connect()];
  for (const step of actions) {
    const client = "client" in step ? clients[step.client % clients.length] : undefined;
    if (step.kind === "ask") client?.send(step.request);
    else if (step.kind === "close") client?.send(req.closeSession());
    else if (step.kind === "connect") clients.push(bench.connect());
    else if (step.kind === "time") bench.advance(1);
    else if (step.kind === "snapshot") bench.snapshotWritten();
    else if (bench.port.forcing !== undefined) bench.forced();
  }
}

/** The highest zxid that any client was told of. */
function acknowledged(port: RecordingServicePort): number {
  let highest = 0;
  for (const { message } of port.sent) {
    if (message.kind === "reply") highest = Math.max(highest, message.reply.header.zxid);
  }
  return highest;
}

const SMALL_SNAPSHOTS = { snapCount: 4, snapshotDelayMs: 1, extendedTypes: true };

describe("a crash", () => {
  test("after any effect on the disk loses nothing that was acknowledged, and shows nothing twice", () => {
    let states = 0;
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const check = (port: RecordingServicePort): void => {
          if (port.snapshots.length === 0) return;
          const told = acknowledged(port);
          for (let survivors = 0; survivors <= port.entryCount - port.durable; survivors++) {
            for (const isTorn of [false, true]) {
              const files = port.afterCrash(survivors, isTorn);
              const state = stateOf(recovered(files));
              expect(state).toEqual(truth(entriesOf(files)));
              expect(state.last).toBeGreaterThanOrEqual(told);
              states++;
            }
          }
        };
        play(
          new ServiceBench({ config: SMALL_SNAPSHOTS, autoForce: false, onDisk: check }),
          actions,
        );
      }),
      { numRuns: 300 },
    );
    expect(states).toBeGreaterThan(1000);
  });

  test("and another, and another: each server goes on where the disk of the last one ends", () => {
    const round = fc.record({
      actions: fc.array(action, { maxLength: 20 }),
      survivors: fc.nat(3),
      isTorn: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(round, { minLength: 2, maxLength: 5 }), (rounds) => {
        let files: StoredFiles = { snapshots: [], logs: [] };
        let nowMs = 0;
        for (const { actions, survivors, isTorn } of rounds) {
          const bench = new ServiceBench({
            config: SMALL_SNAPSHOTS,
            autoForce: false,
            files,
            nowMs,
          });
          expect(bench.lastZxid).toBe(truth(entriesOf(files)).last);
          play(bench, actions);
          const told = acknowledged(bench.port);
          files = bench.port.afterCrash(
            Math.min(survivors, bench.port.entryCount - bench.port.durable),
            isTorn,
          );
          const entries = entriesOf(files);
          expect(stateOf(recovered(files))).toEqual(truth(entries));
          expect(truth(entries).last).toBeGreaterThanOrEqual(told);
          const zxids = entries.map((entry) => entry.header.zxid);
          expect(zxids).toEqual([...new Set(zxids)].sort((a, b) => a - b));
          nowMs = bench.port.nowMs + 1000;
        }
      }),
      { numRuns: 100 },
    );
  });

  test("a snapshot whose nodes are from different moments is put right by the log", () => {
    fc.assert(
      fc.property(
        fc.array(operation, { minLength: 1, maxLength: 30 }),
        fc.nat(30),
        fc.nat(30),
        fc.nat(100),
        (operations, first, second, cut) => {
          const bench = new ServiceBench({ config: { extendedTypes: true } });
          const client = bench.connect();
          const snapshots: Snapshot[] = [];
          for (const [index, request] of operations.entries()) {
            if (index === Math.min(first, second) || index === Math.max(first, second)) {
              snapshots.push(snapshotOf(bench));
            }
            client.send(request);
          }
          snapshots.push(snapshotOf(bench), snapshotOf(bench));
          const [early, late] = snapshots as [Snapshot, Snapshot];
          const tree = mixed(early.tree, late.tree, cut);
          const files: StoredFiles = {
            snapshots: [{ zxid: early.zxid, content: { ...early, tree } }],
            logs: bench.port.afterCrash().logs,
          };
          expect(stateOf(recovered(files))).toEqual(truth(bench.port.entries));
        },
      ),
      { numRuns: 500 },
    );
  });
});

function snapshotOf(bench: ServiceBench): Snapshot {
  const { tree, sessions } = bench.service.database;
  return { zxid: tree.lastProcessedZxid, sessions: [...sessions], tree: treeImage(tree) };
}

/** What a walk from the root down finds that is at the early moment for some nodes and at the late one for the rest. */
function mixed(early: TreeImage, late: TreeImage, cut: number): TreeImage {
  const inEarly = new Map(early.nodes.map((node) => [node.path, node]));
  const inLate = new Map(late.nodes.map((node) => [node.path, node]));
  const paths = [...new Set([...inEarly.keys(), ...inLate.keys()])].sort((a, b) =>
    a < b ? -1 : 1,
  );
  const acls = [...early.acls, ...late.acls];
  const nodes: NodeImage[] = [];
  const at = new Map<string, "early" | "late">();
  for (const [index, nodePath] of paths.entries()) {
    const moment = index < cut % (paths.length + 1) ? "early" : "late";
    const parent = nodePath.slice(0, nodePath.lastIndexOf("/"));
    const parentMoment =
      nodePath === "" || nodePath === "/" ? moment : (at.get(parent) ?? at.get("/"));
    // The walk goes by the children that the parent had when it was there.
    const wasChild = parentMoment === "early" ? inEarly.has(nodePath) : inLate.has(nodePath);
    const node = (moment === "early" ? inEarly : inLate).get(nodePath);
    if (node === undefined || !wasChild || parentMoment === undefined) continue;
    at.set(nodePath, moment);
    nodes.push(moment === "early" ? node : { ...node, acl: node.acl + early.acls.length });
  }
  return { lastProcessedZxid: late.lastProcessedZxid, acls, nodes };
}

describe("restarting", () => {
  test("sessions live on with their full timeouts, ephemerals are there, watches are not", () => {
    const first = new ServiceBench({ nowMs: 0 });
    const client = first.connect(400);
    client.ask(req.create("/e", 1));
    client.ask(req.getData("/e", true));
    const { sessionId: id, passwd } = client.response;
    const second = new ServiceBench({ files: first.port.afterCrash(), nowMs: 10_000 });
    expect(second.replayed).toBe(2);
    second.advance(300);
    const resumed = second.open();
    resumed.connect({ sessionId: id, passwd, lastZxidSeen: zxid(2), timeOut: 400 });
    expect(resumed.log()).toEqual(["session"]);
    resumed.ask(req.setData("/e", "x"));
    expect(resumed.log()).toEqual([]);
    const silent = new ServiceBench({ files: first.port.afterCrash(), nowMs: 10_000 });
    silent.advance(401);
    expect(silent.service.database.tree.nodes.has("/e")).toBe(true);
    silent.advance(100);
    expect(silent.service.database.tree.nodes.has("/e")).toBe(false);
  });

  test("new sessions do not get the ids of old ones, and zxids go on", () => {
    const first = new ServiceBench();
    const id = first.connect().session;
    const second = new ServiceBench({ files: first.port.afterCrash(), nowMs: 1 });
    expect(second.connect().session).not.toBe(id);
    expect(second.lastZxid).toBe(2);
  });

  test("the log goes on in a new file, behind a snapshot", () => {
    const first = new ServiceBench();
    first.connect();
    const second = new ServiceBench({ files: first.port.afterCrash(), nowMs: 1 });
    second.connect();
    expect(second.port.logs.map((log) => log.entries[0]?.header.zxid)).toEqual([1, 2]);
    expect(second.port.snapshots.map((snapshot) => snapshot.zxid)).toEqual([0, 1]);
  });
});

describe("snapshots while the server runs", () => {
  test("begin between half of snapCount and all of it, roll the log, and may hold what came later", () => {
    const bench = new ServiceBench({ config: { snapCount: 10, snapshotDelayMs: 5 } });
    const client = bench.connect();
    for (let i = 0; i < 5; i++) client.ask(req.create(`/${i}`));
    expect(bench.port.logs).toHaveLength(1);
    client.ask(req.create("/5"));
    expect(bench.port.logs.map((log) => log.entries.length)).toEqual([6, 1]);
    client.ask(req.create("/6"));
    // A session that begins meanwhile is in the log behind it, and the table of the snapshot does without it.
    bench.connect();
    bench.advance(5);
    bench.snapshotWritten();
    const snapshot = bench.port.snapshots.at(-1);
    // The sixth transaction was appended and not applied when it began.
    expect(snapshot?.zxid).toBe(5);
    expect(snapshot?.tree.nodes.map((node) => node.path)).toContain("/6");
    const recovery = recovered(bench.port.afterCrash());
    expect(recovery.snapshot).toBe(5);
    expect(recovery.replayed).toBe(4);
    expect(stateOf(recovery)).toEqual(truth(bench.port.entries));
  });

  test("one at a time", () => {
    const bench = new ServiceBench({ config: { snapCount: 2 } });
    const client = bench.connect();
    for (let i = 0; i < 6; i++) client.ask(req.create(`/${i}`));
    const kinds = bench.port.observed.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "snapshotBegun")).toHaveLength(2);
    expect(kinds).toContain("snapshotSkipped");
  });
});

describe("what a disk may look like", () => {
  const bench = new ServiceBench();
  const client = bench.connect();
  for (const name of ["a", "b", "c"]) client.ask(req.create(`/${name}`));
  const whole = bench.port.afterCrash();
  const entries = whole.logs[0]?.entries ?? [];
  const snapshot = whole.snapshots[0];
  const broken = { zxid: zxid(9), content: undefined };
  const corrupt = { zxid: zxid(8), content: undefined, isCorrupt: true as const };

  test("an empty one is an empty server", () => {
    expect(recovered({ snapshots: [], logs: [] })).toMatchObject({
      snapshot: undefined,
      replayed: 0,
    });
  });

  test("a broken snapshot is passed over for an older one", () => {
    const snapshots = [broken, corrupt, ...whole.snapshots];
    expect(recovered({ ...whole, snapshots }).replayed).toBe(4);
  });

  test("a snapshot that was cut short is as good as none", () => {
    expect(recovered({ snapshots: [broken], logs: [] })).toMatchObject({
      snapshot: undefined,
      replayed: 0,
    });
    expect(recover({ ...whole, snapshots: [broken] }, OPTIONS)).toEqual({
      kind: "refused",
      why: "no snapshot, but a log",
    });
  });

  test("none but corrupt snapshots, or none at all in front of a log, keep the server from starting", () => {
    for (const logs of [[], whole.logs]) {
      expect(recover({ snapshots: [corrupt, broken], logs }, OPTIONS)).toEqual({
        kind: "refused",
        why: "no valid snapshot",
      });
    }
    expect(recover({ ...whole, snapshots: [] }, OPTIONS)).toEqual({
      kind: "refused",
      why: "no snapshot, but a log",
    });
  });

  test("who trusts an empty snapshot replays all of the log, unless a snapshot is corrupt", () => {
    const trusting = { ...OPTIONS, trustEmptySnapshot: true };
    const recovery = recover({ ...whole, snapshots: [broken] }, trusting);
    expect(recovery).toMatchObject({ kind: "recovered", snapshot: undefined, replayed: 4 });
    expect(stateOf(recovery as Recovered)).toEqual(stateOf(recovered(whole)));
    expect(recover({ ...whole, snapshots: [corrupt] }, trusting)).toMatchObject({
      why: "no valid snapshot",
    });
  });

  test("what is replayed is told, in order, and what the snapshot covers is not", () => {
    const told: number[] = [];
    const onReplayed = ({ header }: LogEntry): void => void told.push(header.zxid);
    recover(whole, { ...OPTIONS, onReplayed });
    expect(told).toEqual([1, 2, 3, 4]);

    told.length = 0;
    const content = snapshot?.content && { ...snapshot.content, zxid: zxid(2) };
    recover({ ...whole, snapshots: [{ zxid: zxid(2), content }] }, { ...OPTIONS, onReplayed });
    expect(told).toEqual([3, 4]);
  });

  test("a torn entry ends its file, and the next file goes on", () => {
    const logs = [
      { firstZxid: zxid(1), entries: [...entries.slice(0, 2), { kind: "torn" as const }] },
      { firstZxid: zxid(3), entries: entries.slice(2) },
    ];
    expect(stateOf(recovered({ ...whole, logs }))).toEqual(stateOf(recovered(whole)));
  });

  test("an entry whose checksum does not fit keeps the server from starting", () => {
    const logs = [{ firstZxid: zxid(1), entries: [...entries, { kind: "corrupt" as const }] }];
    expect(recover({ ...whole, logs }, OPTIONS)).toEqual({
      kind: "refused",
      why: "corrupt log entry",
    });
  });

  test("but not in a file that nobody needs", () => {
    const logs = [
      { firstZxid: zxid(1), entries: [{ kind: "corrupt" as const }] },
      { firstZxid: zxid(4), entries: entries.slice(3) },
    ];
    const later = {
      zxid: zxid(4),
      content: snapshot?.content && { ...snapshot.content, zxid: zxid(4) },
    };
    expect(recovered({ snapshots: [later], logs }).snapshot).toBe(4);
  });

  test("ephemerals of a session that the table does not know are gone", () => {
    const header = { sessionId: sessionId(77n), cxid: 0, zxid: zxid(5), time: 0 };
    const txn = {
      kind: "create",
      path: "/e",
      data: null,
      acl: OPEN,
      ephemeral: true,
      parentCversion: 4,
    } as const;
    const logs = [
      {
        firstZxid: zxid(1),
        entries: [...entries, { kind: "entry" as const, entry: { header, txn } }],
      },
    ];
    const { tree } = recovered({ ...whole, logs }).database;
    expect(tree.nodes.has("/e")).toBe(false);
    expect(tree.ephemerals.size).toBe(0);
  });
});
