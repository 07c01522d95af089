import { expect } from "vitest";
import { epoch, serverId, sessionId, type SessionId } from "../../core/ids.ts";
import type { Observation } from "../../core/server/observations.ts";
import type { EpochFile } from "../../core/server/port.ts";
import type { StoredFiles } from "../../core/server/service/recovery.ts";
import type { LogEntry } from "../../core/server/service/service-port.ts";
import type { Txn } from "../../core/tree/txn.ts";
import { makeZxid, ZERO_ZXID, type Zxid } from "../../core/zxid.ts";
import { majorityOf } from "../../sim/check/election.ts";
import {
  ZabChecker,
  type ZabCheckerOptions,
  type ZabProperty,
  type ZabWorld,
} from "../../sim/check/zab.ts";

export const ALICE = sessionId(0xa11cen);
export const BOB = sessionId(0xb0bn);

export function create(path: string, ephemeral = false): Txn {
  return { kind: "create", path, data: null, acl: [], ephemeral, parentCversion: 1 };
}

interface FakeServer {
  log: LogEntry[];
  /** How many of them are forced. */
  forced: number;
  snapshots: Zxid[];
  acceptedEpoch: number;
  currentEpoch: number;
  tree: LogEntry[];
  last: Zxid;
}

/** Three voters and observer 4, moved by hand; every step is what a server that does right would do and tell. */
export class Play implements ZabWorld {
  readonly checker: ZabChecker;
  readonly servers = new Map<number, FakeServer>();
  #time = 0;

  constructor(options: Partial<ZabCheckerOptions> = {}) {
    const voters = [1, 2, 3];
    this.checker = new ZabChecker({
      voters,
      isQuorum: majorityOf(voters),
      world: this,
      ...options,
    });
    for (const id of [1, 2, 3, 4]) {
      this.servers.set(id, {
        log: [...(options.before ?? [])],
        forced: options.before?.length ?? 0,
        snapshots: [ZERO_ZXID],
        acceptedEpoch: 0,
        currentEpoch: 0,
        tree: [...(options.before ?? [])],
        last: options.before?.at(-1)?.header.zxid ?? ZERO_ZXID,
      });
      this.checker.booted(id);
    }
  }

  at(id: number): FakeServer {
    return this.servers.get(id) as FakeServer;
  }

  // What the checker looks at.

  /** A number for each tree that there was. */
  readonly #digests: string[] = [];

  now(): number {
    return this.#time;
  }
  record(): number {
    return this.#time;
  }
  lastProcessedZxid(id: number): number {
    return this.at(id).last;
  }
  treeDigest(id: number): number {
    const text = this.at(id)
      .tree.map(({ header, txn }) => `${header.zxid}${"path" in txn ? txn.path : txn.kind}`)
      .join();
    const known = this.#digests.indexOf(text);
    return known >= 0 ? known : this.#digests.push(text) - 1;
  }
  sessionsWithEphemerals(id: number): Iterable<SessionId> {
    const sessions = new Set<SessionId>();
    for (const { header, txn } of this.at(id).tree) {
      if (txn.kind === "create" && txn.ephemeral) sessions.add(header.sessionId);
      if (txn.kind === "closeSession" && txn.paths.length > 0) sessions.delete(header.sessionId);
    }
    return sessions;
  }
  acceptedEpoch(id: number): number {
    return this.at(id).acceptedEpoch;
  }
  currentEpoch(id: number): number {
    return this.at(id).currentEpoch;
  }
  lastForcedZxid(id: number): number {
    const { log, forced } = this.at(id);
    return log[forced - 1]?.header.zxid ?? 0;
  }
  durableFiles(id: number): StoredFiles {
    const { log, forced, snapshots } = this.at(id);
    const tree = { lastProcessedZxid: ZERO_ZXID, acls: [], nodes: [] };
    const entries = log.slice(0, forced).map((entry) => ({ kind: "entry", entry }) as const);
    const firstZxid = log[0]?.header.zxid ?? ZERO_ZXID;
    return {
      snapshots: snapshots.map((zxid) => ({ zxid, content: { zxid, sessions: [], tree } })),
      logs: [{ firstZxid, entries }],
    };
  }

  // What servers do.

  tell(id: number, observation: Observation): void {
    this.#time++;
    this.checker.observed(id, this.#time, this.#time, observation);
  }

  write(id: number, file: EpochFile, value: number): void {
    this.at(id)[file] = value;
    this.checker.epochWritten(id, file, value);
  }

  /** Up to the moment when a quorum has promised the epoch. */
  candidate(id: number, e: number, quorum: readonly number[]): void {
    for (const member of quorum) this.write(member, "acceptedEpoch", e);
    const members = quorum.map(serverId);
    this.tell(id, { kind: "epochAcknowledged", epoch: epoch(e), quorum: members });
    this.write(id, "currentEpoch", e);
  }

  /** The learner's disk and tree become those of the leader. */
  copy(id: number, leader: number): void {
    const { log, forced, tree, last } = this.at(leader);
    Object.assign(this.at(id), { log: log.slice(0, forced), forced, tree: [...tree], last });
  }

  ackHistory(id: number, leader: number, e: number): void {
    if (this.at(id).acceptedEpoch < e) this.write(id, "acceptedEpoch", e);
    this.write(id, "currentEpoch", e);
    this.tell(id, { kind: "newLeaderAcknowledged", leader: serverId(leader), epoch: epoch(e) });
  }

  join(id: number, leader: number, e: number): void {
    this.copy(id, leader);
    this.ackHistory(id, leader, e);
  }

  establish(id: number, e: number, quorum: readonly number[]): void {
    const zxid = this.at(id).last;
    const members = quorum.map(serverId);
    this.tell(id, { kind: "established", epoch: epoch(e), quorum: members, zxid });
    this.at(id).last = makeZxid(e, 0);
    this.serve(id, id, e);
  }

  serve(id: number, leader: number, e: number): void {
    const state = id === leader ? "LEADING" : "FOLLOWING";
    const { last } = this.at(id);
    this.tell(id, {
      kind: "serving",
      state,
      leader: serverId(leader),
      epoch: epoch(e),
      zxid: last,
    });
  }

  /** All of it: a leader, its followers, and everybody serves. */
  reign(leader: number, e: number, followers: readonly number[]): void {
    const quorum = [leader, ...followers];
    this.candidate(leader, e, quorum);
    for (const follower of followers) this.join(follower, leader, e);
    this.establish(leader, e, quorum);
    for (const follower of followers) this.serve(follower, leader, e);
  }

  propose(leader: number, at: Zxid, txn: Txn = create(`/${at}`), session = ALICE): LogEntry {
    const entry = { header: { sessionId: session, cxid: at % 1000, zxid: at, time: 0 }, txn };
    this.tell(leader, { kind: "proposed", entry });
    return entry;
  }

  append(id: number, entry: LogEntry): void {
    this.at(id).log.push(entry);
    this.at(id).forced = this.at(id).log.length;
  }

  ack(id: number, entry: LogEntry): void {
    this.append(id, entry);
    this.tell(id, { kind: "acknowledged", zxid: entry.header.zxid });
  }

  commit(leader: number, entry: LogEntry, quorum: readonly number[]): void {
    const { zxid } = entry.header;
    this.tell(leader, { kind: "committed", zxid, quorum: quorum.map(serverId) });
  }

  deliver(id: number, entry: LogEntry): void {
    this.checker.applied(id, entry.header, entry.txn);
    this.at(id).tree.push(entry);
    this.at(id).last = entry.header.zxid;
    this.checker.appliedDone(id);
  }

  /** A write from proposal to delivery, on the leader's side and on those of these followers. */
  broadcast(
    leader: number,
    at: Zxid,
    to: readonly number[],
    txn?: Txn,
    session?: SessionId,
  ): LogEntry {
    const entry = this.propose(leader, at, txn, session);
    const all = [leader, ...to];
    for (const id of all) this.ack(id, entry);
    this.commit(leader, entry, all);
    for (const id of all) this.deliver(id, entry);
    return entry;
  }

  /** The role ends, and the tree takes in all of the log. */
  leave(id: number): void {
    this.tell(id, {
      kind: "roleLeft",
      state: "FOLLOWING",
      why: "connection to the leader lost",
    });
    this.fastForward(id);
  }

  fastForward(id: number): void {
    const server = this.at(id);
    for (const entry of server.log) {
      const { zxid } = entry.header;
      if (zxid <= server.last) continue;
      server.tree.push(entry);
      server.last = zxid;
    }
  }

  /** The process ends; what was not forced is gone. A new one reads the disk. */
  restart(id: number): void {
    this.crash(id);
    const server = this.at(id);
    server.tree = [...server.log];
    server.last = server.log.at(-1)?.header.zxid ?? ZERO_ZXID;
    this.checker.booted(id);
  }

  crash(id: number): void {
    const server = this.at(id);
    server.log.length = server.forced;
    this.checker.crashed(id);
  }

  // What is expected.

  holds(): void {
    this.checker.finish([1, 2, 3, 4]);
    expect(this.checker.violation).toBeUndefined();
  }

  breaks(property: ZabProperty, servers?: readonly number[]): void {
    this.checker.finish([1, 2, 3, 4]);
    expect(this.checker.violation).toMatchObject({
      property,
      ...(servers === undefined ? {} : { servers }),
    });
  }
}

/** Server 3 leads epoch 1 and everybody has (1,1) and (1,2). */
export function peace(options: Partial<ZabCheckerOptions> = {}): Play {
  const play = new Play(options);
  play.reign(3, 1, [1, 2]);
  play.broadcast(3, makeZxid(1, 1), [1, 2]);
  play.broadcast(3, makeZxid(1, 2), [1, 2]);
  return play;
}
