import { create } from "../../core/client/ops.ts";
import { serverId } from "../../core/ids.ts";
import type { QuorumVerifier } from "../../core/quorum/verifier.ts";
import type { Observation } from "../../core/server/observations.ts";
import type { PeerConfig } from "../../core/server/peer.ts";
import { serviceConfig } from "../../core/server/service/config.ts";
import { counterOf, formatZxid, isPhantom, ZERO_ZXID, type Zxid } from "../../core/zxid.ts";
import { type IsQuorum, majorityOf } from "../../sim/check/election.ts";
import type { ZabProperty } from "../../sim/check/zab.ts";
import { ZabLiveness } from "../../sim/check/zab-liveness.ts";
import { viewFor, ZabOnWorld } from "../../sim/check/zab-on-world.ts";
import { DEFAULT_BOUNDS } from "../../sim/kernel/kernel.ts";
import { Random } from "../../sim/kernel/prng.ts";
import type { TraceLevel } from "../../sim/kernel/trace.ts";
import { NEVER, TCP_DEFAULTS } from "../../sim/network/link.ts";
import type { PeerProcess } from "../../sim/process/peer-process.ts";
import { lastZxidOf } from "../../sim/disk/stored-files.ts";
import { type ClientSpec, World } from "../../sim/world.ts";
import { clientConfig, clientSpec } from "../support/clients.ts";
import { ensemble } from "../support/ensembles.ts";
import { Crowd } from "./zab-clients.ts";
import { type Fault, isMoment, type Trap, type ZabPlan } from "./zab-plan.ts";
import { Probes, writesOf } from "./zab-probes.ts";
import { storyOf } from "./zab-story.ts";

const MAX_NOTIFICATION_MS = 1600;
const CNX_TIMEOUT_MS = 1000;
const TCP = { ...TCP_DEFAULTS, maxRetransmitMs: 800, synRetryMs: 400 };
const FIRST_CLIENT = 101;
const PROBE_CLIENT = 100;
const PORT = 2181;
/** How long, once all is well, until everybody has applied what is committed. */
const CATCH_UP_MS = 3000;

export interface Outcome {
  /** What is wrong, for people; undefined if nothing is. */
  readonly problem: string | undefined;
  readonly property: string | undefined;
  readonly servers: readonly number[];
  readonly zxids: readonly number[];
  readonly record: number;
  readonly probes: Probes;
  readonly events: number;
  readonly committed: number;
  readonly hash: string;
  readonly world: World;
}

export interface RunOptions {
  readonly trace?: TraceLevel;
  readonly except?: readonly ZabProperty[];
  readonly rules?: ConstructorParameters<typeof World>[0]["rules"];
}

/** Runs the world of a seed, or of a plan, through its faults and into the calm, and judges it. */
export function judgeZab(plan: ZabPlan, options: RunOptions = {}): Outcome {
  return new Run(plan, options).judge();
}

/** The same, and an error with the story if something is wrong. */
export function mustHold(plan: ZabPlan, options: RunOptions = {}): Outcome {
  const outcome = judgeZab(plan, { trace: "off", ...options });
  if (outcome.problem === undefined) return outcome;
  const again = judgeZab(plan, { ...options, trace: "kept" });
  throw new Error(storyOf(plan, again));
}

/** One world on its way. */
class Run {
  readonly plan: ZabPlan;
  readonly world: World;
  readonly zab: ZabOnWorld;
  readonly liveness: ZabLiveness;
  readonly probes = new Probes();
  readonly #isQuorum: IsQuorum;
  readonly #random: Random;
  readonly #crowd: Crowd;
  readonly #agenda: { readonly atUs: number; readonly act: () => void }[] = [];
  readonly #voters: readonly number[];
  readonly #servers: readonly number[];
  readonly #base;
  #armed: Trap[] = [];
  #moment: { readonly trap: Trap; readonly server: number } | undefined;
  /** Servers that would not start. */
  #problem: string | undefined;

  constructor(plan: ZabPlan, { trace = "hash", except, rules }: RunOptions) {
    this.plan = plan;
    const peers = peersOf(plan);
    this.#servers = peers.map(({ id }) => id);
    this.#voters = this.#servers.slice(0, plan.voters);
    this.#random = Random.fromSeed(plan.seed).split("drive");
    const hosts = peers.map(({ clientAddress }) => clientAddress);
    const client = (id: number, sessionTimeoutMs: number): ClientSpec =>
      clientSpec(id, hosts, { sessionTimeoutMs });
    const clients = Array.from({ length: plan.clients }, (_, i) =>
      client(FIRST_CLIENT + i, plan.tickMs * this.#random.int(3, 20)),
    );
    this.#base = { delay: plan.delay, loss: { n: plan.loss, outOf: 100 }, bytesPerSecond: 0 };
    this.world = new World({
      seed: plan.seed,
      peers,
      clients: [...clients, client(PROBE_CLIENT, plan.tickMs * 20)],
      clocks: new Map(plan.clocks.map((clock, i) => [i + 1, clock])),
      codec: plan.codec,
      disk: { force: plan.disk },
      threads: plan.threads,
      network: { link: this.#base, tcp: TCP, messageFaults: undefined },
      trace,
      bounds: { ...DEFAULT_BOUNDS, maxEvents: 3_000_000 },
      ...(rules === undefined ? {} : { rules }),
    });
    this.#isQuorum =
      plan.groups === undefined ? majorityOf(this.#voters) : groupQuorum(plan.groups);
    this.zab = new ZabOnWorld(
      this.world,
      {
        voters: this.#voters,
        isQuorum: this.#isQuorum,
        leadersMayLeaveHoles: false,
        ...(except === undefined ? {} : { except }),
      },
      {
        observed: (server, observation) => {
          this.probes.observed(server, observation);
          if (this.#armed.length > 0) this.#noticed(server, observation.kind);
        },
        serviceObserved: (server, observation) => this.probes.serviceObserved(server, observation),
        refused: (server, why) => this.probes.refused(server, why),
      },
    );
    this.liveness = new ZabLiveness({
      voters: this.#voters,
      isQuorum: this.#isQuorum,
      world: viewFor(this.world),
      timing: {
        tickMs: plan.tickMs,
        initLimit: plan.initLimit,
        syncLimit: plan.syncLimit,
        messageMs: TCP.maxRetransmitMs + 2 * CNX_TIMEOUT_MS + 200,
        backoffMs: MAX_NOTIFICATION_MS,
      },
    });
    this.zab.liveness = this.liveness;
    this.#crowd = new Crowd(
      this.world,
      this.world.clients.slice(0, plan.clients),
      Random.fromSeed(plan.seed).split("clients"),
    );
  }

  judge(): Outcome {
    this.#hostile();
    if (!this.#isOver) this.#calm();
    if (!this.#isOver) this.zab.finish();
    const { violation } = this.zab;
    return {
      problem: violation?.message ?? this.#problem,
      property: violation?.property ?? (this.#problem === undefined ? undefined : "progress"),
      servers: violation?.servers ?? [],
      zxids: violation?.zxids ?? [],
      record: violation?.record ?? this.world.trace.count - 1,
      probes: this.probes,
      events: this.world.kernel.executed,
      committed: this.zab.checker.committed,
      hash: this.world.trace.digest(),
      world: this.world,
    };
  }

  get #isOver(): boolean {
    return this.zab.violation !== undefined || this.#problem !== undefined;
  }

  get #now(): number {
    return this.world.kernel.now;
  }

  /** Everything goes wrong that the plan has. */
  #hostile(): void {
    const { plan, world } = this;
    const endUs = plan.hostileMs * 1000;
    for (const [i, atMs] of plan.bootMs.entries()) {
      this.#at(atMs * 1000, () => this.#boot(this.#servers[i] as number));
    }
    for (const client of world.clients.slice(0, plan.clients)) {
      this.#at(this.#random.int(0, 2000) * 1000, () => {
        if (client.state === "down") world.perform({ do: "boot", server: client.id });
      });
    }
    for (const fault of plan.faults) this.#at(fault.atMs * 1000, () => this.#begin(fault));
    for (const trap of plan.traps) this.#at(trap.fromMs * 1000, () => this.#armed.push(trap));
    this.#runUntil(endUs, true);
  }

  /** Runs, with clients at work and the agenda kept. */
  #runUntil(endUs: number, isBusy: boolean): void {
    const { plan } = this;
    while (this.#now < endUs && !this.#isOver) {
      const think = this.#random.int(500, 2000 * plan.thinkMs);
      let next = Math.min(endUs, this.#now + think);
      const [first] = this.#agenda;
      if (first !== undefined) next = Math.min(next, Math.max(first.atUs, this.#now));
      this.#advance(next);
      if (this.#isOver) return;
      while (this.#agenda[0] !== undefined && this.#agenda[0].atUs <= this.#now) {
        this.#agenda.shift()?.act();
        if (this.#isOver) return;
      }
      if (isBusy) this.#crowd.act();
    }
  }

  #advance(untilUs: number): void {
    const { world } = this;
    for (;;) {
      let caught: { readonly trap: Trap; readonly server: number } | undefined;
      const isWatching = this.#armed.some(({ when }) => !isMoment(when));
      const why = world.run({
        untilTime: untilUs,
        ...(isWatching ? { until: () => (caught = this.#caught()) !== undefined } : {}),
      });
      caught ??= this.#moment;
      this.#moment = undefined;
      if (caught === undefined || this.#isOver) {
        this.#stopped(why);
        return;
      }
      this.#spring(caught.trap, caught.server);
      if (this.#isOver) return;
    }
  }

  #stopped(why: string): void {
    if (why === "event-limit") this.#problem = "the run does not end";
  }

  #caught(): { readonly trap: Trap; readonly server: number } | undefined {
    for (const process of this.world.processes) {
      if (process.state !== "up") continue;
      const writes = writesOf(process);
      if (writes.length === 0) continue;
      const trap = this.#armed.find(({ when }) => !isMoment(when) && writes.includes(when));
      if (trap !== undefined) return { trap, server: process.id };
    }
    return undefined;
  }

  #noticed(server: number, kind: Observation["kind"]): void {
    const trap = this.#armed.find(({ when }) => when === kind);
    if (trap === undefined || this.#moment !== undefined) return;
    this.#moment = { trap, server };
    this.world.kernel.stop();
  }

  #spring(trap: Trap, server: number): void {
    const { world } = this;
    this.#armed = this.#armed.filter((armed) => armed !== trap);
    if (trap.events > 0) {
      world.run({ untilEvent: world.kernel.executed + trap.events });
      this.#moment = undefined;
      if (this.#isOver) return;
    }
    const { forMs } = trap;
    switch (trap.what) {
      case "crash":
        this.#crash(server, forMs);
        return;
      case "crashAll":
        for (const id of this.#servers) this.#crash(id, forMs + this.#random.int(0, 50));
        return;
      case "isolate": {
        const to = this.#servers.filter((id) => id !== server);
        world.perform({ do: "cut", from: [server], to });
        this.#in(forMs, () => world.perform({ do: "mend", from: [server], to }));
        return;
      }
      case "reset":
        for (const id of this.#servers) {
          if (id !== server) world.perform({ do: "reset", between: [server, id] });
        }
        return;
      case "pause":
        world.perform({ do: "pause", server });
        this.#in(forMs, () => world.perform({ do: "resume", server }));
        return;
    }
  }

  #at(atUs: number, act: () => void): void {
    const later = this.#agenda.findIndex((item) => item.atUs > atUs);
    this.#agenda.splice(later < 0 ? this.#agenda.length : later, 0, { atUs, act });
  }

  #in(ms: number, act: () => void): void {
    this.#at(this.#now + ms * 1000, act);
  }

  #boot(id: number): void {
    const process = this.world.process(id);
    if (process?.state !== "down") return;
    this.world.perform({ do: "boot", server: id });
  }

  #crash(id: number, downMs: number): void {
    const process = this.world.process(id);
    if (process === undefined || process.state === "down") return;
    this.probes.crashing(process);
    this.world.perform({ do: "crash", server: id });
    this.#in(downMs, () => this.#boot(id));
  }

  #begin(fault: Fault): void {
    const { world } = this;
    const random = this.#random;
    const servers = this.#servers;
    const all = [...servers, ...world.clients.map(({ id }) => id)];
    const leader = world.leader?.id ?? random.pick(servers);
    const { forMs } = fault;
    const anyone = random.pick(servers);
    this.probes.count(fault.what);
    switch (fault.what) {
      case "crash":
        this.#crash(anyone, forMs);
        return;
      case "crashLeader":
        this.#crash(leader, forMs);
        return;
      case "crashAll":
        for (const id of servers) this.#crash(id, random.int(1, forMs + 1));
        return;
      case "crashMost":
        for (const id of servers)
          if (random.chance(2, 3)) this.#crash(id, random.int(1, forMs + 1));
        return;
      case "pause":
      case "pauseLeader": {
        const server = fault.what === "pause" ? anyone : leader;
        world.perform({ do: "pause", server });
        this.#in(forMs, () => world.perform({ do: "resume", server }));
        return;
      }
      case "partition":
      case "isolateLeader": {
        const inA = (id: number): boolean =>
          fault.what === "isolateLeader" ? id === leader : random.chance(1, 2);
        const a = all.filter((id) => (id >= PROBE_CLIENT ? random.chance(1, 2) : inA(id)));
        world.perform({ do: "partition", groups: [a, all.filter((id) => !a.includes(id))] });
        this.#in(forMs, () => world.perform({ do: "heal" }));
        return;
      }
      case "oneWay":
      case "oneWayLeader": {
        const a = fault.what === "oneWay" ? servers.filter(() => random.chance(1, 2)) : [leader];
        const b = servers.filter((id) => !a.includes(id));
        const [from, to] = random.chance(1, 2) ? [a, b] : [b, a];
        world.perform({ do: "cut", from, to, oneWay: true });
        this.#in(forMs, () => world.perform({ do: "mend", from, to, oneWay: true }));
        return;
      }
      case "clog": {
        const from = servers.filter(() => random.chance(1, 2));
        const to = all.filter((id) => !from.includes(id));
        const oneWay = random.chance(1, 2);
        world.perform({ do: "clog", from, to, oneWay });
        this.#in(forMs, () => world.perform({ do: "unclog", from, to, oneWay }));
        return;
      }
      case "slowLinks":
      case "lossyLinks": {
        const from = servers.filter(() => random.chance(1, 2));
        const change =
          fault.what === "slowLinks"
            ? ({
                delay: { kind: "uniform", minUs: 1000, maxUs: random.int(2000, 300_000) },
              } as const)
            : { loss: { n: random.int(5, 40), outOf: 100 } };
        world.perform({ do: "link", from, to: all, change });
        this.#in(forMs, () => world.perform({ do: "link", from, to: all, change: this.#base }));
        return;
      }
      case "reset":
      case "resetLeader": {
        const a = fault.what === "reset" ? anyone : leader;
        for (const b of all) {
          if (a !== b && random.chance(1, 2)) world.perform({ do: "reset", between: [a, b] });
        }
        return;
      }
      case "killClient": {
        const client = random.pick(world.clients.slice(0, this.plan.clients)).id;
        world.perform({ do: "crash", server: client });
        this.#in(forMs + 1, () => world.perform({ do: "boot", server: client }));
        return;
      }
      case "moveClients":
        for (const { id } of world.clients) {
          for (const server of servers) world.perform({ do: "reset", between: [server, id] });
        }
        return;
      case "wipe":
        this.#wipe(anyone);
        return;
    }
  }

  /**
   * A server's disk is lost. An observer's anybody's time; a voter's only while all others have all that was ever
   * committed and promised, so that nothing depends on it.
   */
  #wipe(id: number): void {
    const { world } = this;
    if (this.#voters.includes(id)) {
      const leader = world.leader?.peer;
      const epoch = leader?.leading?.epoch ?? -1;
      const committed = leader?.leading?.lastCommitted ?? 0;
      if (counterOf(committed as Zxid) === 0) return;
      for (const other of this.#voters) {
        const process = world.process(other) as PeerProcess;
        const { peer, epochs, disk, state } = process;
        if (other === id) continue;
        const hasAll =
          state === "up" &&
          (peer?.leading?.phase === "broadcast" || peer?.learning?.phase === "serving") &&
          (peer.leading ?? peer.learning)?.epoch === epoch &&
          epochs.durable.currentEpoch === epoch &&
          epochs.durable.acceptedEpoch === epoch &&
          lastZxidOf(disk.durableFiles) >= committed &&
          lastZxidOf(disk.durableFiles) >= (leader?.leading?.lastProposed ?? 0);
        if (!hasAll) return;
      }
      this.probes.count("voter wiped");
    }
    this.#crash(id, 100);
    world.perform({ do: "wipe", server: id });
  }

  /** The faults are over, and everything has to come right. */
  #calm(): void {
    const { plan, world, liveness } = this;
    this.#armed = [];
    this.#agenda.length = 0;
    world.perform({ do: "heal" });
    const all = [...this.#servers, ...world.clients.map(({ id }) => id)];
    world.perform({ do: "link", from: all, to: all, change: { ...this.#base, loss: NEVER } });
    for (const { id, state } of [...world.processes, ...world.clients]) {
      if (state === "paused") world.perform({ do: "resume", server: id });
    }
    for (const id of this.#random.shuffle(this.#servers)) {
      if (!plan.allReturn && this.#isQuorum(this.#up())) continue;
      this.#boot(id);
    }
    if (this.#isOver) return;
    if (!this.#isQuorum(this.#up())) {
      this.#problem = "no quorum can be started";
      return;
    }
    const start = this.#now;
    liveness.faultsStopped(start, this.#up());
    this.#look(start + liveness.bounds.serving + 100_000, () => this.#isSettled());
    if (this.#isOver) return;
    this.probes.settled(this.#now - start);
    this.#ask(start);
    if (this.#isOver) return;
    if (plan.staysLong) {
      this.#look(start + liveness.bounds.serving + 5_000_000, () => {
        this.#crowd.act();
        return false;
      });
    }
    // What lossy links have delayed is still under way.
    const last = Math.max(this.#now, start + liveness.bounds.serving) + CATCH_UP_MS * 1000;
    this.#look(last, () => this.#isEven());
    if (!this.#isOver && !this.#isEven()) {
      const zxids = this.#settling().map(
        ({ id, peer }) => `${id} at ${formatZxid(peer?.database.tree.lastProcessedZxid as Zxid)}`,
      );
      this.#problem = `they do not get to the same transaction: ${zxids.join(", ")}`;
    }
  }

  #up(): number[] {
    return this.world.processes.filter(({ state }) => state === "up").map(({ id }) => id);
  }

  /** Runs until it is so, and looks now and then whether something is overdue. */
  #look(untilUs: number, isSo: () => boolean): void {
    while (!isSo() && this.#now < untilUs && !this.#isOver) {
      this.#stopped(this.world.run({ untilTime: Math.min(untilUs, this.#now + 50_000) }));
      this.liveness.check(this.#now, this.world.trace.count - 1);
    }
  }

  /** Those who are up and have not promised more than is led. */
  #settling(): PeerProcess[] {
    const epoch = this.world.leader?.peer?.leading?.epoch ?? 0;
    return this.world.processes.filter(
      ({ state, epochs }) => state === "up" && epochs.durable.acceptedEpoch <= epoch,
    );
  }

  #isSettled(): boolean {
    const leader = this.world.leader;
    if (leader === undefined) return false;
    const settling = this.#settling();
    const isServed = ({ peer, id }: PeerProcess): boolean =>
      id === leader.id ||
      (peer?.learning?.phase === "serving" && peer.learning.leader === leader.id);
    return settling.every(isServed) && this.#isQuorum(settling.map(({ id }) => id));
  }

  #isEven(): boolean {
    if (!this.#isSettled()) return false;
    const last = this.world.leader?.peer?.database.tree.lastProcessedZxid ?? ZERO_ZXID;
    // A leader that has written nothing of its own goes by a zxid that nobody else has.
    if (isPhantom(last)) return true;
    return this.#settling().every(({ peer }) => peer?.database.tree.lastProcessedZxid === last);
  }

  /** A new client asks for something, and is answered. */
  #ask(start: number): void {
    const { world, liveness } = this;
    const probe = world.clients.at(-1);
    if (probe === undefined) return;
    const hosts = this.#settling().map(({ config }) => config.clientAddress);
    probe.configure(clientConfig(hosts, { sessionTimeoutMs: this.plan.tickMs * 20 }));
    const end = start + liveness.bounds.serving + liveness.bounds.answered + 1_000_000;
    let isDone = false;
    let failure: string | undefined;
    probe.onDelivery = (delivery) => {
      if (delivery.kind !== "completion") return;
      liveness.answered(delivery.token);
      if (delivery.outcome.ok) isDone = true;
      else failure = delivery.outcome.error.name;
    };
    // What a leader that the faults have cost its quorum was asked is lost.
    while (!isDone && !this.#isOver && this.#now < end) {
      failure = undefined;
      if (probe.state === "down" || probe.client?.state === "CLOSED") {
        world.perform({ do: "restart", server: PROBE_CLIENT });
      }
      const op = create("/probe", null, { mode: "persistentSequential" });
      liveness.probed(probe.request(op), this.#now);
      this.#look(end, () => isDone || failure !== undefined);
    }
    if (!isDone) this.#problem ??= `a fresh client's request fails with ${failure}`;
  }
}

function groupQuorum(groups: readonly (readonly number[])[]): IsQuorum {
  return (ids) => {
    const won = groups.filter(
      (group) => group.filter((id) => ids.includes(id)).length > Math.floor(group.length / 2),
    );
    return won.length * 2 > groups.length;
  };
}

function peersOf(plan: ZabPlan): PeerConfig[] {
  const voters = Array.from({ length: plan.voters }, (_, i) => serverId(i + 1));
  const verifier: QuorumVerifier =
    plan.groups === undefined
      ? { kind: "majority", voters }
      : {
          kind: "hierarchical",
          voters,
          groups: plan.groups.map((members, i) => ({ id: i + 1, members: members.map(serverId) })),
          weights: voters.map((id) => [id, 1] as const),
        };
  return ensemble({
    voters: plan.voters,
    observers: plan.observers,
    settings: {
      verifier,
      tickMs: plan.tickMs,
      initLimit: plan.initLimit,
      syncLimit: plan.syncLimit,
      maxNotificationMs: MAX_NOTIFICATION_MS,
      cnxTimeoutMs: CNX_TIMEOUT_MS,
      commitLogCount: plan.commitLogCount,
      initialCounter: plan.initialCounter,
      snapshotSizeFactor: plan.snapshotSizeFactor,
      preAllocBytes: plan.preAllocBytes,
      service: {
        ...serviceConfig({ tickTime: plan.tickMs }),
        snapCount: plan.snapCount,
        snapshotDelayMs: plan.snapshotDelayMs,
        containerCheckIntervalMs: 3000,
      },
    },
  }).map((peer) => ({ ...peer, clientAddress: { ...peer.clientAddress, port: PORT } }));
}
