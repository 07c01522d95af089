import type { Notification } from "../../core/election/messages.ts";
import type { ServerState } from "../../core/election/vote.ts";
import { epoch, round, type ServerId, serverId } from "../../core/ids.ts";
import { RULES } from "../../core/server/bugs.ts";
import { newContext } from "../../core/server/context.ts";
import { treeOptions } from "../../core/server/database.ts";
import type { ExitReason, Observation } from "../../core/server/observations.ts";
import type { Context, Durable, Peer, PeerConfig, Rules } from "../../core/server/peer.ts";
import type {
  ConnectionId,
  EpochFile,
  Input,
  Message,
  Port,
  PortName,
  TimerName,
} from "../../core/server/port.ts";
import { newPeer, step } from "../../core/server/quorum-peer.ts";
import { recover, type StoredFiles } from "../../core/server/service/recovery.ts";
import type { ServiceObservation } from "../../core/server/service/service-observations.ts";
import {
  type ClientConnection,
  clientConnection,
  type LogEntry,
  type ServerMessage,
  type ServiceTimer,
} from "../../core/server/service/service-port.ts";
import type { Snapshot } from "../../core/server/service/snapshot.ts";
import type { Truncation } from "../../core/server/service/truncation.ts";
import type { QuorumPacket } from "../../core/zab/packets.ts";
import { formatZxid, makeZxid, ZERO_ZXID, type Zxid } from "../../core/zxid.ts";
import { historyOf, upTo } from "../../sim/disk/seeded-history.ts";
import { ensemble } from "./ensembles.ts";
import { inShort, RecordingServicePort, TestClient } from "./service-port.ts";

/**
 * One server, alone on a bench: its ports write down every effect, its timers are wound by hand, its disk does what it
 * was asked for when the test says so, and the test plays everybody else. What goes in and what comes out is frozen, so
 * a server that changes a message throws.
 */

export type Effect =
  | { readonly kind: "listen" | "unlisten"; readonly port: PortName }
  | {
      readonly kind: "dial";
      readonly to: ServerId;
      readonly port: PortName;
      readonly timeoutMs: number;
      readonly connection: ConnectionId;
    }
  | { readonly kind: "send"; readonly connection: ConnectionId; readonly message: Message }
  | { readonly kind: "close"; readonly connection: ConnectionId }
  | { readonly kind: "loopback"; readonly message: Notification }
  | { readonly kind: "write"; readonly file: EpochFile; readonly value: number }
  | { readonly kind: "exit"; readonly why: ExitReason }
  | { readonly kind: "append"; readonly entry: LogEntry }
  | { readonly kind: "force" }
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot }
  | { readonly kind: "truncate"; readonly truncation: Truncation }
  | {
      readonly kind: "toClient";
      readonly client: ClientConnection;
      readonly content: ServerMessage;
    }
  | { readonly kind: "closeClient"; readonly client: ClientConnection };

/** What a disk has been asked for and has not done: a file of one number, or an operation. */
export type DiskWork = EpochFile | "force" | "snapshot" | "truncate";

export function deepFreeze<T>(value: T): T {
  // Bytes can't be frozen.
  if (ArrayBuffer.isView(value)) return value;
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

export class RecordingPort implements Port {
  nowMs = 0;
  /** Of all time; `Bench.did` gives the latest. */
  readonly effects: Effect[] = [];
  readonly observed: Observation[] = [];
  readonly timers = new Map<string, { timer: TimerName; key: number; atMs: number }>();
  readonly listening = new Set<PortName>();
  /** Connections that this end has not closed. */
  readonly open = new Set<ConnectionId>();
  /** Who is at the other end of every connection there ever was. */
  readonly others = new Map<ConnectionId, ServerId>();
  /** What `draw` gives next, and the bound that it was last asked for. */
  nextDraw = 1;
  drawnBelow: number | undefined;
  /** Why the process ended itself: nothing is asked of it any more. */
  exited: ExitReason | undefined;
  /** What the disk is at work on, oldest first. */
  readonly diskWork: DiskWork[] = [];
  #connections = 0;

  newConnection(other: ServerId): ConnectionId {
    const connection = ++this.#connections as ConnectionId;
    this.open.add(connection);
    this.others.set(connection, other);
    return connection;
  }

  now(): number {
    return this.nowMs;
  }
  draw(below: number): number {
    this.drawnBelow = below;
    return this.nextDraw;
  }
  listen(port: PortName): void {
    this.listening.add(port);
    this.effects.push({ kind: "listen", port });
  }
  unlisten(port: PortName): void {
    this.listening.delete(port);
    this.effects.push({ kind: "unlisten", port });
  }
  dial(to: ServerId, port: PortName, timeoutMs: number): ConnectionId {
    const connection = this.newConnection(to);
    this.effects.push({ kind: "dial", to, port, timeoutMs, connection });
    return connection;
  }
  send(connection: ConnectionId, message: Message): void {
    this.effects.push({ kind: "send", connection, message: deepFreeze(message) });
  }
  close(connection: ConnectionId): void {
    this.open.delete(connection);
    this.effects.push({ kind: "close", connection });
  }
  loopback(message: Notification): void {
    this.effects.push({ kind: "loopback", message: deepFreeze(message) });
  }
  setTimer(timer: TimerName, key: number, delayMs: number): void {
    this.timers.delete(`${timer} ${key}`);
    this.timers.set(`${timer} ${key}`, { timer, key, atMs: this.nowMs + delayMs });
  }
  cancelTimer(timer: TimerName, key: number): void {
    this.timers.delete(`${timer} ${key}`);
  }
  write(file: EpochFile, value: number): void {
    this.effects.push({ kind: "write", file, value });
    this.diskWork.push(file);
  }
  exit(why: ExitReason): void {
    this.effects.push({ kind: "exit", why });
    this.exited ??= why;
  }
  observe(observation: Observation): void {
    this.observed.push(deepFreeze(observation));
  }
}

/** The port towards clients and the data directory; its effects are among those of the other port. */
export class RecordingRolePort extends RecordingServicePort {
  readonly #port: RecordingPort;

  constructor(port: RecordingPort) {
    super();
    this.#port = port;
  }

  override now(): number {
    return this.#port.nowMs;
  }
  override wallMs(): number {
    return this.wallStartMs + this.#port.nowMs;
  }
  override setTimer(timer: ServiceTimer, delayMs: number): void {
    this.timers.set(timer, this.#port.nowMs + delayMs);
  }
  override send(client: ClientConnection, content: ServerMessage): void {
    super.send(client, deepFreeze(content));
    this.#port.effects.push({ kind: "toClient", client, content });
  }
  override closeClient(client: ClientConnection): void {
    super.closeClient(client);
    this.#port.effects.push({ kind: "closeClient", client });
  }
  override append(entry: LogEntry): void {
    super.append(deepFreeze(entry));
    this.#port.effects.push({ kind: "append", entry });
  }
  override force(): void {
    super.force();
    this.#asked("force", { kind: "force" });
  }
  override writeSnapshot(snapshot: Snapshot): void {
    super.writeSnapshot(deepFreeze(snapshot));
    this.#asked("snapshot", { kind: "snapshot", snapshot });
  }
  override truncate(truncation: Truncation): void {
    super.truncate(truncation);
    this.#asked("truncate", { kind: "truncate", truncation });
  }
  override observe(observation: ServiceObservation): void {
    super.observe(deepFreeze(observation));
  }

  #asked(work: DiskWork, effect: Effect): void {
    this.#port.effects.push(effect);
    this.#port.diskWork.push(work);
  }
}

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

const UNTRUSTED = -1 as Zxid;

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
    if (this.peer.booting === "snapshot") this.diskDid("snapshot");
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

/** A bench whose elections decide without finalizeWait. */
function decidingAtOnce(spec: BenchSpec): Bench {
  const rules = { ...(spec.rules ?? RULES), finalizeWaitMs: 0 };
  return new Bench({ observers: 1, ...spec, rules }).bootConnected();
}

/**
 * Server 3 of the voters 1 to 5 and the observer 6 was elected by 1, 2 and itself, at time 0, and writes the snapshot
 * with which a leadership begins.
 */
export function electedLeader(spec: BenchSpec = {}): Bench {
  const b = decidingAtOnce(spec);
  const { zxid, peerEpoch } = b.peer.election.proposal;
  b.loopBack();
  for (const voter of [1, 2]) b.hears(voter, { votes: 3, zxid, epoch: peerEpoch });
  if (b.peer.leading === undefined) throw new Error(`the server is ${b.peer.state}`);
  return b;
}

/** As `electedLeader`, and it waits for followers. */
export function waitingLeader(spec: BenchSpec = {}): Bench {
  return electedLeader(spec).diskDid("snapshot");
}

export interface WithTwo {
  readonly b: Bench;
  readonly one: ConnectionId;
  readonly two: ConnectionId;
}

/** As `waitingLeader`, and the new epoch is decided with 1 and 2, and on the leader's disk. */
export function promisedLeader(spec: BenchSpec = {}): WithTwo {
  const b = waitingLeader(spec);
  const { acceptedEpoch } = b.peer;
  const one = b.joinedBy(1, { acceptedEpoch });
  const two = b.joinedBy(2, { acceptedEpoch });
  b.diskDid("acceptedEpoch");
  b.forget();
  return { b, one, two };
}

/** As `promisedLeader`, and 1 and 2, which have what the leader has, acknowledged that; its currentEpoch is written. */
export function synchronizingLeader(spec: BenchSpec = {}): WithTwo {
  const leader = promisedLeader(spec);
  const { b, one, two } = leader;
  b.promisedBy(one);
  b.promisedBy(two);
  b.diskDid("currentEpoch");
  b.forget();
  return leader;
}

/** As `synchronizingLeader`, and both have its history: it serves. */
export function servingLeader(spec: BenchSpec = {}): WithTwo {
  const leader = synchronizingLeader(spec);
  const { b, one, two } = leader;
  const { epoch: ofLeader } = b.peer.leading as NonNullable<Peer["leading"]>;
  for (const follower of [one, two]) b.ackedBy(follower, makeZxid(ofLeader, 0));
  b.forget();
  return leader;
}

/** A server that at time 0 has begun to follow or observe 5, and dials it. */
export function diallingLearner(spec: BenchSpec = {}): Bench {
  const b = decidingAtOnce(spec);
  for (const voter of [5, 4, 2]) b.hears(voter, { votes: 5, epoch: 99 });
  if (b.peer.learning === undefined) throw new Error(`the server is ${b.peer.state}`);
  return b;
}

/** As `diallingLearner`, and it has told its leader of itself. */
export function registeredLearner(spec: BenchSpec = {}): Bench {
  const b = diallingLearner(spec);
  b.step({ kind: "connected", connection: b.dialled });
  b.forget();
  return b;
}

/** As `promisedLearner`, by a server that has left its role and looks in another round. */
export function followsAgain(b: Bench): void {
  for (const voter of [5, 4, 2]) {
    b.hears(voter, { votes: 5, epoch: 99, round: b.peer.election.round });
  }
  b.step({ kind: "connected", connection: b.dialled });
  b.told(leaderInfo(b.peer.acceptedEpoch + 1)).diskDid("acceptedEpoch");
}

export function leaderInfo(newEpoch: number): QuorumPacket {
  return { kind: "LEADERINFO", zxid: makeZxid(newEpoch, 0), protocolVersion: 0x10000 };
}

/** As `registeredLearner`, and it has promised its leader an epoch: that above the one on its disk. */
export function promisedLearner(spec: BenchSpec = {}): Bench {
  const b = registeredLearner(spec);
  b.told(leaderInfo(b.peer.acceptedEpoch + 1)).diskDid("acceptedEpoch");
  b.forget();
  return b;
}

/** What a leader says that has nothing which this learner lacks; its epoch is the one that the learner promised. */
export function nothingNew(b: Bench): readonly QuorumPacket[] {
  return [{ kind: "DIFF", zxid: b.peer.database.tree.lastProcessedZxid }, newLeader(b)];
}

export function newLeader(b: Bench): QuorumPacket {
  return { kind: "NEWLEADER", zxid: makeZxid(b.peer.acceptedEpoch, 0), config: "" };
}

export const UPTODATE: QuorumPacket = { kind: "UPTODATE", zxid: UNTRUSTED };

/** As `promisedLearner`, and it serves with the history that it had. */
export function servingLearner(spec: BenchSpec = {}): Bench {
  const b = promisedLearner(spec);
  b.told(...nothingNew(b)).diskDid("currentEpoch");
  b.told(UPTODATE).forget();
  return b;
}

/** A transaction of nobody's session that creates a node of its own. */
export function transaction(zxid: Zxid): LogEntry {
  const [stored] = historyOf([zxid]).logs[0]?.entries ?? [];
  if (stored?.kind !== "entry") throw new Error("a history of one transaction has one");
  return deepFreeze(stored.entry);
}

export function proposal(zxid: Zxid): QuorumPacket {
  return { kind: "PROPOSAL", zxid, entry: transaction(zxid) };
}

export function commit(zxid: Zxid): QuorumPacket {
  return { kind: "COMMIT", zxid };
}
