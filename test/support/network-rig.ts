import type { ConnectionId, DialFailure } from "../../core/server/port.ts";
import { zxid } from "../../core/zxid.ts";
import { EVENT } from "../../sim/events.ts";
import { Kernel, type StopReason } from "../../sim/kernel/kernel.ts";
import { Random } from "../../sim/kernel/prng.ts";
import { Trace } from "../../sim/kernel/trace.ts";
import { type LinkSpec, networkOf, type NetworkSpec } from "../../sim/network/link.ts";
import { Network, type NetworkHost, type PortName } from "../../sim/network/network.ts";
import { quorumTraffic } from "../../sim/quorum-traffic.ts";
import { RECORD_SCHEMAS } from "../../sim/records.ts";

/** Something that a node was told by the network. */
export interface Heard {
  readonly at: number;
  readonly node: number;
  readonly end: number;
  /** `accepted`, `connected`, `refused`, `timeout`, `closed`, or `received` and the number that was sent. */
  readonly what: string;
}

export interface RigSpec {
  readonly seed?: number;
  readonly nodes?: number;
  readonly link?: Partial<LinkSpec>;
  readonly tcp?: Partial<NetworkSpec["tcp"]>;
  readonly messageFaults?: NetworkSpec["messageFaults"];
}

const SECOND = 1_000_000;

/** A network between nodes that do nothing but write down what they hear. Every hop takes 100 µs, unless told. */
export class NetworkRig implements NetworkHost {
  readonly heard: Heard[] = [];
  readonly deaf = new Set<number>();
  readonly kernel: Kernel;
  readonly network: Network;
  /** What waits for each node that stands still. */
  readonly #paused = new Map<number, (() => void)[]>();

  constructor({ seed = 1, nodes = 2, link, tcp, messageFaults }: RigSpec = {}) {
    const plain = networkOf("zero");
    const ids = Array.from({ length: nodes }, (_, node) => node + 1);
    this.kernel = new Kernel(new Trace(RECORD_SCHEMAS, ids, "kept"));
    this.network = new Network(
      this.kernel,
      this,
      {
        link: { ...plain.link, delay: { kind: "constant", us: 100 }, ...link },
        tcp: { ...plain.tcp, ...tcp },
        messageFaults,
      },
      quorumTraffic((sid) => sid - 1),
      ids,
      Random.fromSeed(seed).split("network"),
    );
    this.kernel.handle(EVENT.action, (_target, _ref, action) => (action as () => void)());
  }

  /** Does something at a moment of virtual time. */
  at(us: number, action: () => void): void {
    this.kernel.schedule(us - this.kernel.now, EVENT.action, -1, 0, action);
  }

  run(untilTime?: number): StopReason {
    return this.kernel.run(untilTime === undefined ? {} : { untilTime });
  }

  /** A connection of `from` to `to`: its dialling and its accepting end. */
  connect(from: number, to: number): [ConnectionId, ConnectionId] {
    const end = this.network.dial(from, to, "election", 60 * SECOND);
    const isConnected = (): boolean =>
      this.heard.some((heard) => heard.what === "connected" && heard.end === end);
    this.kernel.run({ until: isConnected });
    return [end, (end + 1) as ConnectionId];
  }

  send(end: ConnectionId, ...numbers: number[]): void {
    for (const n of numbers) this.network.send(end, { kind: "PING", zxid: zxid(n) });
  }

  /** The numbers that arrived at an end, in their order. */
  receivedAt(end: number): number[] {
    return this.heard
      .filter((heard) => heard.end === end && heard.what.startsWith("received "))
      .map((heard) => Number(heard.what.slice("received ".length)));
  }

  /** All that an end's process was told, in its order. */
  storyOf(end: number): string[] {
    return this.heard.filter((heard) => heard.end === end).map((heard) => heard.what);
  }

  /** When an end's process was told so; undefined if it never was. */
  timeOf(end: number, what: string): number | undefined {
    return this.heard.find((heard) => heard.end === end && heard.what === what)?.at;
  }

  pause(node: number): void {
    this.#paused.set(node, []);
  }

  resume(node: number): void {
    const waiting = this.#paused.get(node) ?? [];
    this.#paused.delete(node);
    for (const goOn of waiting) goOn();
  }

  crash(node: number): void {
    this.#paused.delete(node);
    this.network.closeAll(node);
  }

  // The host.

  isListening(node: number, _port: PortName): boolean {
    return !this.deaf.has(node);
  }

  defer(node: number, kind: number, ref: number, payload: unknown): boolean {
    const waiting = this.#paused.get(node);
    waiting?.push(() => this.kernel.schedule(0, kind, node, ref, payload));
    return waiting !== undefined;
  }

  accepted(node: number, connection: ConnectionId): void {
    this.#hear(node, connection, "accepted");
  }

  connected(node: number, connection: ConnectionId): void {
    this.#hear(node, connection, "connected");
  }

  dialFailed(node: number, connection: ConnectionId, reason: DialFailure): void {
    this.#hear(node, connection, reason);
  }

  received(node: number, connection: ConnectionId, message: object): void {
    const n = "zxid" in message ? Number(message.zxid) : -1;
    this.#hear(node, connection, `received ${n}`);
  }

  closed(node: number, connection: ConnectionId): void {
    this.#hear(node, connection, "closed");
  }

  #hear(node: number, end: number, what: string): void {
    this.heard.push({ at: this.kernel.now, node, end, what });
  }
}
