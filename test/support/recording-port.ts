import type { Notification } from "../../core/election/messages.ts";
import { ELECTION_RULES, type ElectionRules } from "../../core/election/rules.ts";
import type { ServerState } from "../../core/election/vote.ts";
import { epoch, round, type ServerId, serverId } from "../../core/ids.ts";
import type { Observation } from "../../core/server/observations.ts";
import type { Context, Durable, Peer, PeerConfig } from "../../core/server/peer.ts";
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
import { formatZxid, type Zxid } from "../../core/zxid.ts";
import { ensemble } from "./ensembles.ts";

/**
 * One server, alone on a bench: its port writes down every effect, its timers are wound by hand, and the test
 * plays everybody else. What goes in and what comes out is frozen, so a server that changes a message throws.
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
  | { readonly kind: "write"; readonly file: EpochFile; readonly value: number };

export function deepFreeze<T>(value: T): T {
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
  }
  observe(observation: Observation): void {
    this.observed.push(deepFreeze(observation));
  }
}

export interface BenchSpec extends Partial<Omit<PeerConfig, "id">> {
  readonly id?: number;
  /** Voters 1 to so many; the observers come after them. */
  readonly voters?: number;
  readonly observers?: number;
  readonly disk?: Partial<Durable>;
  readonly rules?: ElectionRules;
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

export class Bench {
  readonly port = new RecordingPort();
  readonly ctx: Context;
  peer: Peer;
  #seen = 0;
  #seenObservations = 0;
  #looped = 0;

  constructor(spec: BenchSpec = {}) {
    this.ctx = {
      config: configOf(spec),
      rules: spec.rules ?? ELECTION_RULES,
      port: this.port,
    };
    this.peer = newPeer(this.ctx, {
      acceptedEpoch: epoch(0),
      currentEpoch: epoch(0),
      lastZxid: 0 as Zxid,
      ...spec.disk,
    });
  }

  step(input: Input): void {
    if (input.kind === "dialFailed" || input.kind === "closed") {
      this.port.open.delete(input.connection);
    }
    step(this.ctx, this.peer, deepFreeze(input));
  }

  boot(): this {
    this.step({ kind: "boot" });
    return this;
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
      const due = [...this.port.timers.values()]
        .filter(({ atMs }) => atMs <= end)
        .sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.port.nowMs = Math.max(this.port.nowMs, due.atMs);
      this.port.cancelTimer(due.timer, due.key);
      this.step({ kind: "timer", timer: due.timer, key: due.key });
    }
    this.port.nowMs = end;
    return this;
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
    }
  }
}

function describeMessage(message: Message): string {
  if (message.kind === "InitialMessage") return message.kind;
  if (message.kind !== "Notification") return `${message.kind} ${formatZxid(message.zxid)}`;
  const { state, leader, zxid, electionEpoch, peerEpoch } = message;
  return `${state} ${leader}, round ${electionEpoch}, zxid ${formatZxid(zxid)}, epoch ${peerEpoch}`;
}
