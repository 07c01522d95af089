import type { Notification } from "../../core/election/messages.ts";
import type { ServerState } from "../../core/election/vote.ts";
import { epoch, round, serverId } from "../../core/ids.ts";
import { RULES } from "../../core/server/bugs.ts";
import { newContext } from "../../core/server/context.ts";
import { treeOptions } from "../../core/server/database.ts";
import type { Observation } from "../../core/server/observations.ts";
import type { Context, Durable, Peer, PeerConfig, Rules } from "../../core/server/peer.ts";
import type { ConnectionId, Input, Message, PortName, TimerName } from "../../core/server/port.ts";
import { newPeer, step } from "../../core/server/quorum-peer.ts";
import { recover, type StoredFiles } from "../../core/server/service/recovery.ts";
import { clientConnection, type LogEntry } from "../../core/server/service/service-port.ts";
import type { Truncation } from "../../core/server/service/truncation.ts";
import type { QuorumPacket } from "../../core/zab/packets.ts";
import { formatZxid, makeZxid, ZERO_ZXID, type Zxid } from "../../core/zxid.ts";
import { upTo } from "../../sim/disk/seeded-history.ts";
import { ensemble } from "./ensembles.ts";
import { inShort, TestClient } from "./service-port.ts";
import {
  deepFreeze,
  type DiskWork,
  type Effect,
  RecordingPort,
  RecordingRolePort,
} from "./recording-port.ts";

/**
 * One server, alone on a bench: its ports write down every effect, its timers are wound by hand, its disk does what it
 * was asked for when the test says so, and the test plays everybody else. What goes in and what comes out is frozen, so
 * a server that changes a message throws.
 */

/** What a server finds on its disk. */
export interface BenchDisk extends Partial<Durable> {
  /** A history of nobody's interest that ends with it; −1 marks a database that is not trusted. */
  readonly lastZxid?: Zxid;
  /** In place of that. */
  readonly files?: StoredFiles;
}

export interface BenchSpec extends Partial<Omit<PeerConfig, "id">> {
  readonly id?: number;
  /** Voters 1 to so many; the observers come after them. */
  readonly voters?: number;
  readonly observers?: number;
  readonly disk?: BenchDisk;
  readonly rules?: Rules;
}

/** A configuration with the limits of ZooKeeper's sample file. */
export function configOf({ id = 3, voters = 5, observers = 0, ...more }: BenchSpec): PeerConfig {
  const { disk: _disk, rules: _rules, ...settings } = more;
  const configs = ensemble({ voters, observers, settings });
  return deepFreeze(configs[id - 1] as PeerConfig);
}

export interface Saying {
  readonly votes: number;
  readonly state?: ServerState;
  readonly zxid?: number;
  readonly round?: number;
  readonly epoch?: number;
  readonly version?: number;
}

/** A notification; what is not said is as in the first election of an empty ensemble. */
export function notification(what: Saying): Notification {
  return {
    kind: "Notification",
    state: what.state ?? "LOOKING",
    leader: serverId(what.votes),
    zxid: (what.zxid ?? 0) as Zxid,
    electionEpoch: round(what.round ?? 1),
    peerEpoch: epoch(what.epoch ?? 0),
    version: what.version ?? 2,
    config: "",
  };
}

function filesOf({ files, lastZxid }: BenchDisk): StoredFiles {
  if (files !== undefined) return files;
  if (lastZxid === undefined || lastZxid === UNTRUSTED) return { snapshots: [], logs: [] };
  return deepFreeze(upTo(lastZxid));
}

/** A server whose process starts with that disk. */
export function peerOn(ctx: Context, disk: BenchDisk = {}): Peer {
  const replayed: LogEntry[] = [];
  const recovery = recover(filesOf(disk), {
    ...treeOptions(ctx),
    trustEmptySnapshot: ctx.service.config.trustEmptySnapshot,
    onReplayed: (entry) => replayed.push(entry),
  });
  if (recovery.kind === "refused") throw new Error(`the server does not start: ${recovery.why}`);
  if (disk.lastZxid === UNTRUSTED) recovery.database.tree.lastProcessedZxid = UNTRUSTED;
  const { acceptedEpoch = epoch(0), currentEpoch = epoch(0) } = disk;
  return newPeer(ctx, { acceptedEpoch, currentEpoch }, recovery, replayed);
}

/** The zxid of what is not trusted, or is none. */
export const UNTRUSTED = -1 as Zxid;

export class Bench {
  readonly port = new RecordingPort();
  /** What clients see of it, and its log and snapshots. */
  readonly service = new RecordingRolePort(this.port);
  readonly ctx: Context;
  peer: Peer;
  #seen = 0;
  #seenObservations = 0;
  #looped = 0;
  #clients = 0;

  constructor(spec: BenchSpec = {}) {
    this.ctx = newContext(configOf(spec), spec.rules ?? RULES, this.port, this.service);
    this.service.replace(filesOf(spec.disk ?? {}));
    this.peer = peerOn(this.ctx, spec.disk);
  }

  step(input: Input): void {
    if (this.port.exited !== undefined) return;
    if (input.kind === "dialFailed" || input.kind === "closed") {
      this.port.open.delete(input.connection);
    }
    step(this.ctx, this.peer, deepFreeze(input));
  }

  /** Starts the process; a first snapshot of an empty disk is written at once. */
  boot(): this {
    this.step({ kind: "boot" });
    if (this.peer.booting[0]?.kind === "snapshot") this.diskDid("snapshot");
    return this;
  }

  /** The disk has done the oldest thing that it was asked for, which is this. */
  diskDid(work: DiskWork): this {
    const oldest = this.port.diskWork.shift();
    if (oldest !== work) throw new Error(`the disk is at work on ${oldest}, not on ${work}`);
    switch (work) {
      case "force":
        this.service.completeForce();
        this.step({ kind: "forced" });
        return this;
      case "snapshot":
        this.service.completeSnapshot();
        this.step({ kind: "snapshotWritten", ok: true });
        return this;
      case "truncate":
        this.service.completeTruncation();
        this.step({ kind: "truncated" });
        return this;
      case "acceptedEpoch":
      case "currentEpoch":
        this.step({ kind: "written", file: work });
        return this;
    }
  }

  /** The disk does all that it was asked for, and what is asked for because of that. */
  diskDone(): this {
    for (let work = this.port.diskWork[0]; work !== undefined; work = this.port.diskWork[0]) {
      this.diskDid(work);
    }
    return this;
  }

  /** The zxids in its log, oldest first. */
  get logged(): string[] {
    return this.service.entries.map(({ header }) => formatZxid(header.zxid));
  }

  get lastZxid(): string {
    return formatZxid(this.peer.database.tree.lastProcessedZxid);
  }

  /** A client's connection to this server, without a session. */
  client(address = "127.0.0.1"): TestClient {
    const connection = clientConnection(++this.#clients);
    this.step({ kind: "clientAccepted", connection, address });
    return new TestClient({ port: this.service, step: (input) => this.step(input) }, connection);
  }

  /** Boots with an election connection to everybody, so that what it says can be read off. What it did is forgotten. */
  bootConnected(): this {
    this.boot();
    for (const { id } of this.ctx.config.members) if (id !== this.ctx.config.id) this.meet(id);
    this.forget();
    return this;
  }

  /** Lets time pass, and fires what is due on the way, in order; for equal times, what was set first. */
  advance(ms: number): this {
    const end = this.port.nowMs + ms;
    for (;;) {
      const due = [...this.#timers()]
        .filter(({ atMs }) => atMs <= end)
        .sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.port.nowMs = Math.max(this.port.nowMs, due.atMs);
      due.fire();
    }
    this.port.nowMs = end;
    return this;
  }

  *#timers(): Iterable<{ readonly atMs: number; readonly fire: () => void }> {
    for (const { timer, key, atMs } of this.port.timers.values()) {
      const fire = (): void => {
        this.port.cancelTimer(timer, key);
        this.step({ kind: "timer", timer, key });
      };
      yield { atMs, fire };
    }
    for (const [timer, atMs] of this.service.timers) {
      const fire = (): void => {
        this.service.cancelTimer(timer);
        this.step({ kind: "serviceTimer", timer });
      };
      yield { atMs, fire };
    }
  }

  /** What it did since this was last asked, one line each; with kinds, only those. */
  did(...kinds: Effect["kind"][]): string[] {
    const latest = this.port.effects.slice(this.#seen);
    this.#seen = this.port.effects.length;
    return latest
      .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
      .map((effect) => this.describe(effect));
  }

  forget(): void {
    this.#seen = this.port.effects.length;
    this.#seenObservations = this.port.observed.length;
  }

  /** What it let be known since this was last asked, of some kinds. */
  observed<K extends Observation["kind"]>(...kinds: K[]): Extract<Observation, { kind: K }>[] {
    const latest = this.port.observed.slice(this.#seenObservations);
    this.#seenObservations = this.port.observed.length;
    return latest.filter((o): o is Extract<Observation, { kind: K }> =>
      (kinds as string[]).includes(o.kind),
    );
  }

  /** When a timer is due, by the server's clock. */
  due(timer: TimerName, key = 0): number | undefined {
    return this.port.timers.get(`${timer} ${key}`)?.atMs;
  }

  /** The connection that it dialled last. */
  get dialled(): ConnectionId {
    const dial = this.port.effects.findLast((effect) => effect.kind === "dial");
    if (dial === undefined) throw new Error("nothing was dialled");
    return dial.connection;
  }

  /** Somebody dials one of its ports. */
  accept(port: PortName, from: number): ConnectionId {
    const connection = this.port.newConnection(serverId(from));
    this.step({ kind: "accepted", connection, port });
    return connection;
  }

  /** An election connection with another server, in the only way in which there can be one. */
  meet(sid: number): ConnectionId {
    const link = () => this.peer.connections.links.find((l) => l.sid === sid);
    // A dial of this server succeeds, if there is one. It keeps the connection if the other is smaller, ...
    const dial = () => {
      const connection = link()?.dialling;
      if (connection !== undefined) this.step({ kind: "connected", connection });
    };
    if (link()?.connection === undefined) dial();
    if (link()?.connection === undefined) {
      // ... and otherwise the other one dials, as it does when nobody has dialled yet.
      this.receive(this.accept("election", sid), {
        kind: "InitialMessage",
        protocolVersion: -65536,
        sid: serverId(sid),
        address: `server${sid}:3888`,
      });
      dial();
    }
    const connection = link()?.connection;
    if (connection === undefined) throw new Error(`no connection with ${sid}`);
    return connection;
  }

  receive(connection: ConnectionId, message: Message): void {
    this.step({ kind: "message", connection, message });
  }

  /** A notification from another server. */
  hears(from: number, what: Saying): void {
    this.receive(this.meet(from), notification(what));
  }

  /** Its own notifications come back, in the order in which it sent them. */
  loopBack(): void {
    for (; this.#looped < this.port.effects.length; this.#looped++) {
      const effect = this.port.effects[this.#looped];
      if (effect?.kind === "loopback") this.step({ kind: "loopback", message: effect.message });
    }
  }

  /** A learner dials the quorum port and says who it is. */
  joinedBy(
    sid: number,
    what: { acceptedEpoch?: number; observer?: boolean; configVersion?: number } = {},
  ): ConnectionId {
    const connection = this.accept("quorum", sid);
    this.receive(connection, {
      kind: what.observer === true ? "OBSERVERINFO" : "FOLLOWERINFO",
      zxid: ((what.acceptedEpoch ?? 0) * 2 ** 32) as Zxid,
      serverId: serverId(sid),
      protocolVersion: 0x10000,
      configVersion: what.configVersion ?? 0,
    });
    return connection;
  }

  /** A learner's ACKEPOCH; what is not said is as on this server's own disk. */
  promisedBy(
    connection: ConnectionId,
    what: { zxid?: Zxid; currentEpoch?: number; isPromise?: boolean } = {},
  ): void {
    const { summary } = this.peer.leading ?? {};
    this.receive(connection, {
      kind: "ACKEPOCH",
      zxid: what.zxid ?? summary?.lastZxid ?? ZERO_ZXID,
      currentEpoch:
        what.isPromise === false
          ? undefined
          : epoch(what.currentEpoch ?? summary?.currentEpoch ?? 0),
    });
  }

  /** A learner has a transaction on its disk, or with (epoch, 0) the history. */
  ackedBy(connection: ConnectionId, zxid: Zxid): void {
    this.receive(connection, { kind: "ACK", zxid });
  }

  /** A learner that comes when the leader serves, up to its UPTODATE. */
  syncedBy(sid: number, what: { zxid?: Zxid; observer?: boolean } = {}): ConnectionId {
    const connection = this.joinedBy(sid, what);
    this.promisedBy(connection, what);
    this.ackedBy(connection, makeZxid(this.peer.leading?.epoch ?? 0, 0));
    return connection;
  }

  /** Its leader's packets, in that order. */
  told(...packets: QuorumPacket[]): this {
    for (const packet of packets) this.receive(this.dialled, packet);
    return this;
  }

  describe(effect: Effect): string {
    switch (effect.kind) {
      case "listen":
      case "unlisten":
        return `${effect.kind} ${effect.port}`;
      case "dial":
        return `dial ${effect.to} ${effect.port} within ${effect.timeoutMs} ms`;
      case "send":
        return `to ${this.port.others.get(effect.connection)}: ${describeMessage(effect.message)}`;
      case "close":
        return `close ${this.port.others.get(effect.connection)}`;
      case "loopback":
        return `to self: ${describeMessage(effect.message)}`;
      case "write":
        return `write ${effect.file} ${effect.value}`;
      case "exit":
        return `exit: ${effect.why}`;
      case "append":
        return `append ${formatZxid(effect.entry.header.zxid)}`;
      case "force":
        return "force";
      case "snapshot":
        return `snapshot ${formatZxid(effect.snapshot.zxid)}`;
      case "truncate":
        return describeTruncation(effect.truncation);
      case "toClient":
        return `to client ${effect.client}: ${inShort(effect.content)}`;
      case "closeClient":
        return `close client ${effect.client}`;
    }
  }
}

function describeTruncation({ snapshots, cut, logs }: Truncation): string {
  const parts = [
    ...snapshots.map((zxid) => `snapshot ${formatZxid(zxid)}`),
    ...logs.map((zxid) => `log ${formatZxid(zxid)}`),
    ...(cut === undefined ? [] : [`log ${formatZxid(cut.firstZxid)} behind ${cut.entries}`]),
  ];
  return `truncate ${parts.join(", ")}`;
}

/** What is no zxid is −1 in a packet. */
function zxidText(zxid: Zxid): string {
  return zxid < 0 ? String(zxid) : formatZxid(zxid);
}

function describeMessage(message: Message): string {
  if (message.kind === "InitialMessage") return message.kind;
  if (message.kind === "ACKEPOCH") {
    const { zxid, currentEpoch } = message;
    const promise = currentEpoch === undefined ? "no promise" : `epoch ${currentEpoch}`;
    return `ACKEPOCH ${formatZxid(zxid)}, ${promise}`;
  }
  if (message.kind !== "Notification") return `${message.kind} ${zxidText(message.zxid)}`;
  const { state, leader, zxid, electionEpoch, peerEpoch } = message;
  return `${state} ${leader}, round ${electionEpoch}, zxid ${formatZxid(zxid)}, epoch ${peerEpoch}`;
}
