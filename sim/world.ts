import type { Host } from "../core/client/connect-string.ts";
import type { Observation } from "../core/server/observations.ts";
import type { ServiceObservation } from "../core/server/service/service-observations.ts";
import type { Action } from "./action.ts";
import { EVENT } from "./events.ts";
import { DEFAULT_BOUNDS, Kernel, type RunLimits, type StopReason } from "./kernel/kernel.ts";
import { Random } from "./kernel/prng.ts";
import { Trace } from "./kernel/trace.ts";
import { networkOf } from "./network/link.ts";
import { Network } from "./network/network.ts";
import { perform, type Stage } from "./perform.ts";
import type { ClientProcess } from "./process/client-process.ts";
import type { PeerHost, PeerProcess } from "./process/peer-process.ts";
import type { Process } from "./process/process.ts";
import type { StandaloneProcess } from "./process/standalone-process.ts";
import type { Watcher } from "./process/watcher.ts";
import { RECORD_SCHEMAS } from "./records.ts";
import { type ServerView, viewOf } from "./server-view.ts";
import { worldTraffic } from "./traffic.ts";
import {
  clientProcess,
  networkHost,
  type Parts,
  peerProcess,
  type ProcessAt,
  standaloneProcess,
} from "./world-processes.ts";
import type { WorldSpec } from "./world-spec.ts";

export type { DiskContents } from "./disk/stored-files.ts";
export type { RolePhase, ServerView } from "./server-view.ts";
export type { ClientSpec, StandaloneSpec, WorldSpec } from "./world-spec.ts";

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
  readonly standalone: StandaloneProcess | undefined;
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
  /** By id. */
  readonly #nodes = new Map<number, number>();
  /** Under which clients know the servers. */
  readonly #doors: { readonly id: number; readonly address: Host }[] = [];
  /** Every process, by its node. */
  readonly #all: readonly Process[];
  readonly #stage: Stage;

  constructor(spec: WorldSpec) {
    const { peers = [], standalone, clients = [] } = spec;
    // A set of servers in the trace is one word of bits.
    if (peers.length > 31) throw new RangeError(`at most 31 servers, got ${peers.length}`);
    const servers = standalone === undefined ? peers : [...peers, standalone];
    const ids = [...servers, ...clients].map(({ id }): number => id);
    for (const [node, id] of ids.entries()) this.#nodes.set(id, node);
    const root = Random.fromSeed(spec.seed);
    this.trace = new Trace(RECORD_SCHEMAS, ids, spec.trace ?? "hash");
    this.kernel = new Kernel(this.trace, spec.bounds ?? DEFAULT_BOUNDS);
    const nodeOf = (id: number): number => this.#nodes.get(id) ?? -1;
    const processAt = (node: number): Process => this.#all[node] as Process;
    this.network = new Network(
      this.kernel,
      networkHost(processAt),
      spec.network ?? networkOf("loopback"),
      worldTraffic(nodeOf),
      ids,
      root.split("network"),
    );
    const parts: Parts = { spec, host: this.#host(nodeOf), root };
    for (const { id, clientAddress } of peers) this.#doors.push({ id, address: clientAddress });
    if (standalone !== undefined) this.#doors.push(standalone);
    const serverAt = (host: Host): number | undefined => this.serverAt(host);
    this.processes = peers.map((config) => peerProcess(parts, config));
    this.standalone = standalone === undefined ? undefined : standaloneProcess(parts, standalone);
    this.clients = clients.map((client) => clientProcess(parts, client, serverAt, processAt));
    this.#all = [
      ...this.processes,
      ...(this.standalone === undefined ? [] : [this.standalone]),
      ...this.clients,
    ];
    this.#stage = {
      network: this.network,
      processes: this.#all,
      nodeOf: (ref) => {
        const id = ref === "leader" ? this.leader?.id : ref;
        return id === undefined ? -1 : nodeOf(id);
      },
      idOf: (node) => ids[node] ?? -1,
    };
    this.#handleEvents(processAt);
  }

  /** Schedules an action, `delayUs` from now. */
  schedule(delayUs: number, action: Action): void {
    this.kernel.schedule(delayUs, EVENT.action, -1, 0, action);
  }

  /** Does it now. Gives what is in the way, and then nothing has been done. */
  perform(action: Action): string | undefined {
    this.changes++;
    return perform(this.#stage, action);
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

  /** The server whose clients know it under that name. */
  serverAt({ host, port }: Host): number | undefined {
    return this.#doors.find(({ address }) => address.host === host && address.port === port)?.id;
  }

  /** What the processes use of this world. */
  #host(nodeOf: (id: number) => number): PeerHost {
    return {
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
  }

  #handleEvents(processAt: ProcessAt): void {
    const { kernel } = this;
    kernel.handle(EVENT.timer, (node, ref) => processAt(node).timerFired(ref));
    kernel.handle(EVENT.catchUp, (node) => processAt(node).catchUp());
    for (const kind of OWN_EVENTS) {
      kernel.handle(kind, (node, ref, payload) => processAt(node).own(kind, ref, payload));
    }
    kernel.handle(EVENT.action, (_node, _ref, action) => {
      const problem = this.perform(action as Action);
      if (problem === undefined) this.onAction?.(action as Action);
      else this.onProblem?.(action as Action, problem);
    });
  }
}
