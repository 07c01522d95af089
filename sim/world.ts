import type { ClientConfig } from "../core/client/client-state.ts";
import type { Host } from "../core/client/connect-string.ts";
import { ELECTION_RULES } from "../core/election/rules.ts";
import type { ServerId } from "../core/ids.ts";
import type { Observation } from "../core/server/observations.ts";
import type { Durable, PeerConfig, Rules } from "../core/server/peer.ts";
import type { ServiceConfig } from "../core/server/service/config.ts";
import type { StoredFiles } from "../core/server/service/recovery.ts";
import type { ServiceObservation } from "../core/server/service/service-observations.ts";
import { ZAB_RULES } from "../core/zab/rules.ts";
import { epochOf } from "../core/zxid.ts";
import type { Action, ServerRef } from "./action.ts";
import { Disk, type DiskSpec, DISK_PROFILES } from "./disk/disk.ts";
import { ServiceDisk } from "./disk/service-disk.ts";
import { EVENT } from "./events.ts";
import {
  type Bounds,
  DEFAULT_BOUNDS,
  Kernel,
  type RunLimits,
  type StopReason,
} from "./kernel/kernel.ts";
import { Random } from "./kernel/prng.ts";
import { Trace, type TraceLevel } from "./kernel/trace.ts";
import { networkOf, type NetworkSpec } from "./network/link.ts";
import { Network } from "./network/network.ts";
import { type ClockSpec, TRUE_CLOCK } from "./process/clock.ts";
import { ClientProcess, type Isro } from "./process/client-process.ts";
import { FRESH_EPOCHS, PeerProcess } from "./process/peer-process.ts";
import type { Process } from "./process/process.ts";
import { THREAD_PROFILES, type ThreadSpec } from "./process/threads.ts";
import type { Watcher } from "./process/watcher.ts";
import { ServiceProcess } from "./process/service-process.ts";
import { ServingProcess } from "./process/serving-process.ts";
import { RECORD_SCHEMAS } from "./records.ts";
import { lastZxidOf, type ServerView, viewOf } from "./server-view.ts";
import { worldTraffic } from "./traffic.ts";

export type { RolePhase, ServerView } from "./server-view.ts";

/** All that a run depends on. The same spec and seed give the same run, to the last bit. */
export interface WorldSpec {
  readonly seed: number;
  /** One for each server of an ensemble, by id, ascending. */
  readonly peers?: readonly PeerConfig[];
  /** A server by itself, which clients can use. */
  readonly standalone?: StandaloneSpec;
  readonly clients?: readonly ClientSpec[];
  /** Puts every message between clients and servers through the wire's bytes. It changes nothing but the speed. */
  readonly codec?: boolean;
  /** What each server finds on its disk, by id; a fresh disk where nothing is said. */
  readonly disks?: ReadonlyMap<number, DiskContents>;
  readonly clocks?: ReadonlyMap<number, ClockSpec>;
  readonly network?: NetworkSpec;
  readonly disk?: DiskSpec;
  /** What the disks of some servers are like instead, by id. */
  readonly diskSpecs?: ReadonlyMap<number, DiskSpec>;
  readonly threads?: ThreadSpec;
  readonly trace?: TraceLevel;
  readonly bounds?: Bounds;
  /** In place of the rules as they should be. */
  readonly rules?: Partial<Rules>;
}

/**
 * What is on a server's disk before its first start: log and snapshots, and the epochs of an ensemble's server. An
 * epoch that is not given follows from the last zxid, as when ZooKeeper finds no file (QuorumPeer.loadDataBase).
 */
export interface DiskContents extends Partial<Durable> {
  readonly files?: StoredFiles;
}

export interface StandaloneSpec {
  readonly id: ServerId;
  readonly config: ServiceConfig;
  /** Under which clients know it. */
  readonly address: Host;
}

export interface ClientSpec {
  /** Among the ids of servers and other clients it is the only one. */
  readonly id: number;
  readonly name: string;
  readonly config: ClientConfig;
}

/** A disk that nobody has written to. */
export const FRESH_DISK: DiskContents = FRESH_EPOCHS;

/** Events that are one sort of process's own business. */
const OWN_EVENTS = [
  EVENT.loopback,
  EVENT.bound,
  EVENT.noticed,
  EVENT.written,
  EVENT.writeKnown,
  EVENT.forced,
  EVENT.forceKnown,
  EVENT.snapshotWritten,
  EVENT.snapshotKnown,
  EVENT.truncated,
  EVENT.truncateKnown,
];

/** A simulated ensemble: its servers, the network between them, and the one event loop that moves it all. */
export class World {
  readonly kernel: Kernel;
  readonly trace: Trace;
  readonly network: Network;
  /** The ensemble's servers. */
  readonly processes: readonly PeerProcess[];
  readonly standalone: ServiceProcess | undefined;
  readonly clients: readonly ClientProcess[];
  /** Rises whenever something happened that a predicate may look at. */
  changes = 0;
  /** Told of every decision of every server. */
  onObservation: ((node: number, observation: Observation) => void) | undefined;
  /** Told of what clients bring about at every server. */
  onServiceObservation: ((node: number, observation: ServiceObservation) => void) | undefined;
  /** Told what observations do not say. */
  watcher: Watcher | undefined;
  /** Told when an action that was scheduled has been done. */
  onAction: ((action: Action) => void) | undefined;
  /** Told when an action that was scheduled can't be done. */
  onProblem: ((action: Action, problem: string) => void) | undefined;
  readonly #nodes = new Map<number, number>();
  /** Every process, by its node. */
  readonly #all: readonly Process[];

  constructor(spec: WorldSpec) {
    const peers = spec.peers ?? [];
    // A set of servers in the trace is one word of bits.
    if (peers.length > 31) throw new RangeError(`at most 31 servers, got ${peers.length}`);
    const { standalone, clients = [] } = spec;
    const ids: number[] = peers.map((peer) => peer.id);
    if (standalone !== undefined) ids.push(standalone.id);
    ids.push(...clients.map((client) => client.id));
    for (const [node, id] of ids.entries()) this.#nodes.set(id, node);
    const root = Random.fromSeed(spec.seed);
    this.trace = new Trace(RECORD_SCHEMAS, ids, spec.trace ?? "hash");
    this.kernel = new Kernel(this.trace, spec.bounds ?? DEFAULT_BOUNDS);
    const nodeOf = (sid: number): number => this.#nodes.get(sid) ?? -1;
    const process = (node: number): Process => this.#all[node] as Process;
    this.network = new Network(
      this.kernel,
      {
        isListening: (node, port) => process(node).isListening(port),
        defer: (node, kind, ref, payload) => process(node).defer(kind, ref, payload),
        accepted: (node, connection, port) => process(node).accepted(connection, port),
        connected: (node, connection) => process(node).connected(connection),
        dialFailed: (node, connection, reason) => process(node).dialFailed(connection, reason),
        received: (node, connection, message) => process(node).received(connection, message),
        closed: (node, connection) => process(node).closed(connection),
      },
      spec.network ?? networkOf("loopback"),
      worldTraffic(nodeOf),
      ids,
      root.split("network"),
    );
    const host = {
      kernel: this.kernel,
      network: this.network,
      nodeOf,
      changed: () => {
        this.changes++;
      },
      observed: (node: number, observation: Observation) => {
        this.changes++;
        this.onObservation?.(node, observation);
      },
      serviceObserved: (node: number, observation: ServiceObservation) => {
        this.changes++;
        this.onServiceObservation?.(node, observation);
      },
      watcher: () => this.watcher,
      addressOf: (node: number) => `10.0.0.${node + 1}`,
    };
    const diskSpecOf = (id: number): DiskSpec =>
      spec.diskSpecs?.get(id) ?? spec.disk ?? { force: DISK_PROFILES.ssd };
    const diskOf = (id: number, stream: string): ServiceDisk => {
      const disk = new ServiceDisk(this.kernel, nodeOf(id), diskSpecOf(id), root.split(stream));
      const files = spec.disks?.get(id)?.files;
      if (files !== undefined) disk.replace(files);
      return disk;
    };
    const rules: Rules = { ...ELECTION_RULES, zab: ZAB_RULES, ...spec.rules };
    this.processes = peers.map((config, node) => {
      const { id } = config;
      const durable = epochsOf(spec.disks?.get(id) ?? FRESH_DISK);
      const epochs = new Disk(this.kernel, node, durable, diskSpecOf(id), root.split(`disk/${id}`));
      return new PeerProcess(
        {
          node,
          config,
          rules,
          clock: spec.clocks?.get(id) ?? TRUE_CLOCK,
          threads: spec.threads ?? THREAD_PROFILES.quick,
          codec: spec.codec ?? false,
        },
        host,
        epochs,
        diskOf(id, `log/${id}`),
        root.split(`server/${id}`),
      );
    });
    this.standalone =
      standalone === undefined
        ? undefined
        : new ServiceProcess(
            {
              node: nodeOf(standalone.id),
              id: standalone.id,
              config: standalone.config,
              clock: spec.clocks?.get(standalone.id) ?? TRUE_CLOCK,
              codec: spec.codec ?? false,
            },
            host,
            diskOf(standalone.id, `disk/${standalone.id}`),
            root.split(`server/${standalone.id}`),
          );
    const doors = peers.map(({ id, clientAddress }) => ({ id, address: clientAddress }));
    if (standalone !== undefined) doors.push(standalone);
    const resolve = (wanted: Host): number | undefined => {
      const door = doors.find(({ address }) => isSameHost(wanted, address));
      return door === undefined ? undefined : nodeOf(door.id);
    };
    this.clients = clients.map(
      (client) =>
        new ClientProcess(
          {
            node: nodeOf(client.id),
            id: client.id,
            name: client.name,
            config: client.config,
            clock: spec.clocks?.get(client.id) ?? TRUE_CLOCK,
            codec: spec.codec ?? false,
          },
          { ...host, resolve, isro: (to) => isroOf(process(to)) },
          root.split(`client/${client.id}`),
        ),
    );
    this.#all = [
      ...this.processes,
      ...(this.standalone === undefined ? [] : [this.standalone]),
      ...this.clients,
    ];
    this.kernel.handle(EVENT.timer, (node, ref) => process(node).timerFired(ref));
    this.kernel.handle(EVENT.catchUp, (node) => process(node).catchUp());
    for (const kind of OWN_EVENTS) {
      this.kernel.handle(kind, (node, ref, payload) => process(node).own(kind, ref, payload));
    }
    this.kernel.handle(EVENT.action, (_node, _ref, action) => {
      const problem = this.perform(action as Action);
      if (problem === undefined) this.onAction?.(action as Action);
      else this.onProblem?.(action as Action, problem);
    });
  }

  /** Schedules an action, `delayUs` from now. */
  schedule(delayUs: number, action: Action): void {
    this.kernel.schedule(delayUs, EVENT.action, -1, 0, action);
  }

  /** Does it now. Gives what is in the way, and then nothing has been done. */
  perform(action: Action): string | undefined {
    this.changes++;
    switch (action.do) {
      case "boot":
      case "crash":
      case "restart":
      case "pause":
      case "resume":
      case "wipe":
        return this.#toProcess(action.do, action.server);
      case "cut":
      case "mend":
      case "clog":
      case "unclog":
        return this.#onLinks(action, (from, to) => {
          if (action.do === "cut" || action.do === "mend") {
            this.network.setCut(from, to, action.do === "cut");
          } else {
            this.network.setClogged(from, to, action.do === "clog");
          }
        });
      case "link":
        return this.#onLinks(action, (from, to) => {
          const spec = this.network.linkSpec(from, to);
          this.network.setLink(from, to, { ...spec, ...action.change });
        });
      case "partition":
        return this.#partition(action.groups);
      case "heal":
        this.#eachPair((from, to) => {
          this.network.setCut(from, to, false);
          this.network.setClogged(from, to, false);
        });
        return undefined;
      case "messageFaults":
        this.network.setMessageFaults(action.faults);
        return undefined;
      case "reset": {
        const [a, b] = action.between.map((ref) => this.#node(ref)) as [number, number];
        if (a < 0 || b < 0) return this.#nobody(action.between);
        this.network.reset(a, b);
        return undefined;
      }
    }
  }

  run(limits: RunLimits): StopReason {
    return this.kernel.run(limits);
  }

  /** The server that leads and broadcasts, if there is one; the one of the latest epoch, if several think they do. */
  get leader(): PeerProcess | undefined {
    let leader: PeerProcess | undefined;
    let best = -1;
    for (const process of this.processes) {
      const leading = process.peer?.leading;
      if (leading?.phase === "broadcast" && leading.epoch > best) {
        best = leading.epoch;
        leader = process;
      }
    }
    return leader;
  }

  process(id: number): PeerProcess | undefined {
    const node = this.#nodes.get(id);
    return node === undefined ? undefined : this.processes[node];
  }

  view(id: number): ServerView | undefined {
    const process = this.process(id);
    return process === undefined ? undefined : viewOf(process);
  }

  views(): ServerView[] {
    return this.processes.map(viewOf);
  }

  #toProcess(
    what: "boot" | "crash" | "restart" | "pause" | "resume" | "wipe",
    ref: ServerRef,
  ): string | undefined {
    const node = this.#node(ref);
    if (node < 0) return this.#nobody([ref]);
    const process = this.#all[node] as Process;
    const { state } = process;
    const id = this.#idOf(node);
    switch (what) {
      case "boot":
        if (state !== "down") return `server ${id} is running already`;
        if (process.bootProblem !== undefined) return process.bootProblem;
        process.boot();
        return undefined;
      case "crash":
        if (state === "down") return `server ${id} is not running`;
        process.crash();
        return undefined;
      case "restart":
        if (process.bootProblem !== undefined) return process.bootProblem;
        if (state !== "down") process.crash();
        process.boot();
        return undefined;
      case "pause":
        if (state !== "up") return `server ${id} is ${state}, so it can't be paused`;
        process.pause();
        return undefined;
      case "resume":
        if (state !== "paused") return `server ${id} is ${state}, so it can't be resumed`;
        process.resume();
        return undefined;
      case "wipe":
        if (!(process instanceof ServingProcess)) return `${id} is a client, and has no disk`;
        if (state !== "down") return `server ${id} is ${state}; crash it before its disk is wiped`;
        process.wipe();
        return undefined;
    }
  }

  #partition(groups: readonly (readonly ServerRef[])[]): string | undefined {
    const groupOf = new Map<number, number>();
    for (const [number, group] of groups.entries()) {
      for (const ref of group) {
        const node = this.#node(ref);
        if (node < 0) return this.#nobody([ref]);
        groupOf.set(node, number);
      }
    }
    this.#eachPair((from, to) => {
      const group = groupOf.get(from);
      this.network.setCut(from, to, group === undefined || group !== groupOf.get(to));
    });
    return undefined;
  }

  #onLinks(
    action: {
      readonly from: readonly ServerRef[];
      readonly to: readonly ServerRef[];
      readonly oneWay?: boolean | undefined;
    },
    change: (from: number, to: number) => void,
  ): string | undefined {
    const froms = action.from.map((ref) => this.#node(ref));
    const tos = action.to.map((ref) => this.#node(ref));
    if (froms.includes(-1)) return this.#nobody(action.from);
    if (tos.includes(-1)) return this.#nobody(action.to);
    for (const from of froms) {
      for (const to of tos) {
        if (from === to) continue;
        change(from, to);
        if (action.oneWay !== true) change(to, from);
      }
    }
    return undefined;
  }

  #eachPair(visit: (from: number, to: number) => void): void {
    for (const from of this.#all.keys()) {
      for (const to of this.#all.keys()) if (from !== to) visit(from, to);
    }
  }

  #node(ref: ServerRef): number {
    const id = ref === "leader" ? this.leader?.id : ref;
    return (id === undefined ? undefined : this.#nodes.get(id)) ?? -1;
  }

  #idOf(node: number): number {
    for (const [id, at] of this.#nodes) if (at === node) return id;
    return -1;
  }

  #nobody(refs: readonly ServerRef[]): string {
    const missing = refs.find((ref) => this.#node(ref) < 0);
    return missing === "leader" ? "no server leads" : `there is no server ${missing}`;
  }
}

function isSameHost(a: Host, b: Host): boolean {
  return a.host === b.host && a.port === b.port;
}

/** Nobody says anything while it stands still. */
function isroOf(process: Process): Isro | undefined {
  if (process.state !== "up") return undefined;
  const service =
    process instanceof PeerProcess
      ? process.peer?.service
      : process instanceof ServiceProcess
        ? process.service
        : undefined;
  if (service?.isRunning !== true) return service === undefined ? undefined : "null";
  return service.isReadOnly ? "ro" : "rw";
}

function epochsOf({ acceptedEpoch, currentEpoch, files }: DiskContents): Durable {
  const ofZxid = files === undefined ? FRESH_EPOCHS.currentEpoch : epochOf(lastZxidOf(files));
  return { acceptedEpoch: acceptedEpoch ?? ofZxid, currentEpoch: currentEpoch ?? ofZxid };
}
