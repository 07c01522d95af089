import { Kernel } from "../../sim/kernel/kernel.ts";
import { Random } from "../../sim/kernel/prng.ts";
import { LAST_TIME, type RecordSchema, Trace, type TraceLevel } from "../../sim/kernel/trace.ts";
import {
  DELIVER,
  delayOf,
  firstPayload,
  isTimer,
  type Link,
  linkKey,
  newLinks,
  newServers,
  type Payload,
  type Server,
  SERVERS,
  TIMER,
} from "./bare-loop.ts";

/** The bare loop's work, event for event, done by handlers of the simulator's kernel. */

const SCHEMAS: readonly RecordSchema[] = [
  {
    name: "received",
    fields: [
      ["from", "server"],
      ["connection", "int"],
    ],
  },
  { name: "timer", fields: [["timer", ["poll", "tick"]]] },
];
const RECEIVED = 0;
const TIMED = 1;

const SEED = 1;
/** No run of the bench is as long. */
const BOUNDS = { maxEvents: Number.MAX_SAFE_INTEGER, maxTime: LAST_TIME };

export class KernelLoop {
  readonly trace: Trace;
  readonly #kernel: Kernel;
  readonly #servers = newServers();
  readonly #links = newLinks();
  readonly #random = Random.fromSeed(SEED).split("bench");

  /** @param pending how many events wait at any moment. */
  constructor(pending: number, level: TraceLevel) {
    const serverIds = [...this.#servers.keys()].map((node) => node + 1);
    this.trace = new Trace(SCHEMAS, serverIds, level);
    this.#kernel = new Kernel(this.trace, BOUNDS);
    this.#kernel.handle(DELIVER, (node, ref, payload) => this.#deliver(node, ref, payload));
    this.#kernel.handle(TIMER, (node, ref, payload) => this.#timer(node, ref, payload));
    for (let i = 0; i < pending; i++) {
      const payload = firstPayload(i);
      const ref = linkKey(payload.from, payload.to);
      this.#kernel.schedule(delayOf(this.#random.uint32()), DELIVER, payload.to, ref, payload);
    }
  }

  run(events: number): void {
    this.#kernel.run({ untilEvent: this.#kernel.executed + events });
  }

  #deliver(node: number, ref: number, content: unknown): void {
    const { trace } = this;
    const payload = content as Payload;
    const server = this.#servers.get(node) as Server;
    const link = this.#links.get(ref) as Link;
    server.received++;
    link.carried++;
    if (trace.on) trace.begin(RECEIVED, node).int(payload.from).int(ref).end();
    this.#next(node, payload);
  }

  #timer(node: number, ref: number, content: unknown): void {
    const { trace } = this;
    const payload = content as Payload;
    const server = this.#servers.get(node) as Server;
    const link = this.#links.get(ref) as Link;
    server.received += 2;
    link.carried++;
    if (trace.on) trace.begin(TIMED, node).int(1).end();
    this.#next(node, payload);
  }

  #next(node: number, payload: Payload): void {
    const draw = this.#random.uint32();
    const kind = isTimer(draw) ? TIMER : DELIVER;
    const to = (node + 1 + (draw >>> 30)) % SERVERS;
    this.#kernel.schedule(delayOf(draw), kind, to, linkKey(node, to), {
      kind,
      from: node,
      to,
      zxid: payload.zxid + 1,
      round: payload.round,
      epoch: payload.epoch,
    });
  }
}
