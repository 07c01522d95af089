import type { ConnectionId, DialFailure } from "../../core/server/port.ts";
import { EVENT } from "../events.ts";
import { drawDelay } from "../kernel/delay.ts";
import { type Handle, NO_HANDLE } from "../kernel/event-queue.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Random } from "../kernel/prng.ts";
import { CLOSINGS, LINK_CHANGES, LOSSES, numbersOf, PORTS, RECORD } from "../records.ts";
import type { Link, LinkSpec, MessageFaults, NetworkSpec, Ratio } from "./link.ts";
import { Links } from "./links.ts";
import type { Traffic } from "./traffic.ts";

/**
 * Connections as TCP gives them. What arrives on one arrives in order and once; where the network does not deliver,
 * it is late, or the connection breaks: each end then learns of it in its own time, and what had not arrived is
 * gone. A link that is cut tells nobody: what is sent over it is sent again, ever more rarely, until it gets
 * through or TCP gives up.
 */

/** What somebody can listen on. */
export type PortName = (typeof PORTS)[number];

/** What the network needs of the nodes that it joins. Their indexes are 0 to n − 1. */
export interface NetworkHost {
  isListening(node: number, port: PortName): boolean;
  /** True while the process stands still; what reaches it then waits. */
  defer(node: number, kind: number, ref: number, payload: unknown): boolean;
  accepted(node: number, connection: ConnectionId, port: PortName): void;
  connected(node: number, connection: ConnectionId): void;
  dialFailed(node: number, connection: ConnectionId, reason: DialFailure): void;
  received(node: number, connection: ConnectionId, message: object): void;
  closed(node: number, connection: ConnectionId): void;
}

/** End of file travels like a message, behind all that was sent before. */
const FIN = "FIN";

/** What travels, its place in what that side sends, and the record of its sending. */
interface Segment {
  readonly content: object | typeof FIN;
  readonly place: number;
  readonly cause: number;
}

/** The place of a message that message mode doubled or set aside: it goes by itself. */
const NO_PLACE = -1;

/** One connection. Side 0 dialled, side 1 accepted; its ends are named connection · 2 + side. */
interface Connection {
  readonly id: number;
  readonly port: PortName;
  readonly nodes: readonly [number, number];
  established: boolean;
  /** Whether the process at that side still has it. */
  readonly open: [boolean, boolean];
  /** Broken: nothing that is under way arrives any more. */
  broken: boolean;
  /** Segments under way, in either direction. */
  inFlight: number;
  /** By sending side: when the last segment arrives, so that the next does not come before it. */
  readonly lastArrival: [number, number];
  /** By sending side: how many segments there are, and how many of them have come out at the other end. */
  readonly sent: [number, number];
  readonly arrived: [number, number];
  /** By sending side: what came before an earlier segment that had to be sent again. */
  readonly early: [Segment[], Segment[]];
  /** By sending side: what waits for the link. */
  readonly held: [Segment[], Segment[]];
  readonly retries: [number, number];
  readonly retransmit: [Handle, Handle];
  synTries: number;
  syn: Handle;
  timeout: Handle;
}

const PORT_NUMBER = numbersOf(PORTS);
const CHANGE_NUMBER = numbersOf(LINK_CHANGES);
const LOSS_NUMBER = numbersOf(LOSSES);
const CLOSING_NUMBER = numbersOf(CLOSINGS);

export class Network {
  readonly #kernel: Kernel;
  readonly #host: NetworkHost;
  readonly #spec: NetworkSpec;
  readonly #traffic: Traffic;
  readonly #links: Links;
  readonly #faults: Random;
  #messageFaults: MessageFaults | null;
  readonly #connections = new Map<number, Connection>();
  #nextConnection = 0;

  constructor(
    kernel: Kernel,
    host: NetworkHost,
    spec: NetworkSpec,
    traffic: Traffic,
    serverIds: readonly number[],
    random: Random,
  ) {
    this.#kernel = kernel;
    this.#host = host;
    this.#spec = spec;
    this.#traffic = traffic;
    this.#faults = random.split("messages");
    this.#messageFaults = spec.messageFaults ?? null;
    this.#links = new Links(serverIds, spec.link, spec.tcp, random);
    kernel.handle(EVENT.deliver, (_, end, segment) => this.#deliver(end, segment as Segment));
    kernel.handle(EVENT.arrive, (_, end, segment) => this.#arrive(end, segment as Segment));
    kernel.handle(EVENT.syn, (_, id) => this.#syn(id));
    kernel.handle(EVENT.accept, (_, end) => this.#accept(end));
    kernel.handle(EVENT.dialResult, (_, id, failure) =>
      this.#dialResult(id, failure as DialFailure | undefined),
    );
    kernel.handle(EVENT.dialTimeout, (_, id) => this.#dialResult(id, "timeout"));
    kernel.handle(EVENT.reset, (_, end) => this.#resetReaches(end));
    kernel.handle(EVENT.retransmit, (_, end) => this.#retransmit(end));
  }

  // What servers do.

  dial(from: number, to: number, port: PortName, timeoutUs: number): ConnectionId {
    const id = this.#nextConnection++;
    const connection: Connection = {
      id,
      port,
      nodes: [from, to],
      established: false,
      open: [true, false],
      broken: false,
      inFlight: 0,
      lastArrival: [0, 0],
      sent: [0, 0],
      arrived: [0, 0],
      early: [[], []],
      held: [[], []],
      retries: [0, 0],
      retransmit: [NO_HANDLE, NO_HANDLE],
      synTries: 0,
      syn: NO_HANDLE,
      timeout: NO_HANDLE,
    };
    this.#connections.set(id, connection);
    const { trace } = this.#kernel;
    const outer = trace.cause;
    if (trace.on) {
      trace.begin(RECORD.dial, from).int(to).int(PORT_NUMBER[port]).int(id);
      trace.cause = trace.end();
    }
    connection.syn = this.#kernel.schedule(
      this.#links.delay(this.#links.between(from, to)),
      EVENT.syn,
      to,
      id,
    );
    connection.timeout = this.#kernel.schedule(timeoutUs, EVENT.dialTimeout, from, id);
    trace.cause = outer;
    return (id * 2) as ConnectionId;
  }

  send(end: ConnectionId, message: object): void {
    const connection = this.#connections.get(end >> 1);
    const side = end & 1;
    if (connection === undefined || !connection.open[side as 0 | 1]) return;
    const outer = this.#kernel.trace.cause;
    if (this.#kernel.trace.on) this.#recordSend(connection, side as 0 | 1, message);
    if (this.#messageFaults !== null && this.#traffic.isUnreliable(message)) {
      this.#sendUnreliably(connection, side as 0 | 1, message, this.#messageFaults);
    } else {
      this.#queue(connection, side as 0 | 1, message);
    }
    this.#kernel.trace.cause = outer;
  }

  close(end: ConnectionId): void {
    const connection = this.#connections.get(end >> 1);
    if (connection !== undefined) this.#closeSide(connection, (end & 1) as 0 | 1);
  }

  /** The process at a node is gone: its system closes every connection that it had. */
  closeAll(node: number): void {
    for (const connection of this.#connections.values()) {
      if (connection.nodes[0] === node) this.#closeSide(connection, 0);
      if (connection.nodes[1] === node) this.#closeSide(connection, 1);
    }
  }

  // What is done to the network.

  setLink(from: number, to: number, spec: LinkSpec): void {
    this.#links.between(from, to).spec = spec;
  }

  linkSpec(from: number, to: number): LinkSpec {
    return this.#links.between(from, to).spec;
  }

  /** Cuts or mends one direction. */
  setCut(from: number, to: number, cut: boolean): void {
    const link = this.#links.between(from, to);
    if (link.cut === cut) return;
    link.cut = cut;
    this.#recordLink(from, to, cut ? "cut" : "mended");
  }

  isCut(from: number, to: number): boolean {
    return this.#links.between(from, to).cut;
  }

  /** Clogs or frees one direction. */
  setClogged(from: number, to: number, clogged: boolean): void {
    const link = this.#links.between(from, to);
    if (link.clogged === clogged) return;
    link.clogged = clogged;
    this.#recordLink(from, to, clogged ? "clogged" : "unclogged");
    if (clogged) return;
    for (const connection of this.#connections.values()) {
      for (const side of [0, 1] as const) {
        if (connection.nodes[side] === from && connection.nodes[1 - side] === to) {
          this.#flush(connection, side);
        }
      }
    }
  }

  isClogged(from: number, to: number): boolean {
    return this.#links.between(from, to).clogged;
  }

  /** What happens to single notifications from now on. */
  setMessageFaults(faults: MessageFaults | null): void {
    this.#messageFaults = faults;
  }

  /** Breaks every connection between two nodes. Each end learns of it after a delay of its own. */
  reset(a: number, b: number): void {
    for (const connection of this.#connections.values()) {
      const [dialler, acceptor] = connection.nodes;
      if ((dialler === a && acceptor === b) || (dialler === b && acceptor === a)) {
        if (connection.established) this.#break(connection);
      }
    }
  }

  /** The node at the other end of a connection; −1 if there is no such connection any more. */
  otherNode(end: ConnectionId): number {
    return this.#connections.get(end >> 1)?.nodes[(1 - (end & 1)) as 0 | 1] ?? -1;
  }

  /** Established connections, for pictures and tests. */
  connections(): { id: number; port: PortName; from: number; to: number }[] {
    return [...this.#connections.values()]
      .filter((c) => c.established && c.open[0] && c.open[1] && !c.broken)
      .map((c) => ({ id: c.id, port: c.port, from: c.nodes[0], to: c.nodes[1] }));
  }

  /** Connections that the network still has to do with, in whatever state. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  // Dialling.

  #syn(id: number): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    connection.syn = NO_HANDLE;
    const [from, to] = connection.nodes;
    const there = this.#links.between(from, to);
    const back = this.#links.between(to, from);
    if (there.cut || back.cut || there.clogged || back.clogged || this.#links.isLost(there)) {
      // The dialler hears nothing, and its system sends the SYN again until the dial times out.
      const wait = this.#links.synWait(connection.synTries++);
      connection.syn = this.#kernel.schedule(wait, EVENT.syn, to, id);
      return;
    }
    const answer = this.#links.delay(back);
    if (!this.#host.isListening(to, connection.port)) {
      this.#kernel.schedule(answer, EVENT.dialResult, from, id, "refused");
      return;
    }
    connection.established = true;
    connection.open[1] = true;
    connection.lastArrival[1] = this.#kernel.now + answer;
    this.#kernel.schedule(answer, EVENT.dialResult, from, id);
    this.#accept(id * 2 + 1);
  }

  #accept(end: number): void {
    const connection = this.#connections.get(end >> 1);
    if (connection === undefined || !connection.open[1]) return;
    const [from, to] = connection.nodes;
    if (this.#host.defer(to, EVENT.accept, end, undefined)) return;
    this.#recordConnection(RECORD.accepted, to, from, connection);
    this.#host.accepted(to, end as ConnectionId, connection.port);
  }

  #dialResult(id: number, failure: DialFailure | undefined): void {
    const connection = this.#connections.get(id);
    if (connection === undefined || !connection.open[0]) return;
    const [from, to] = connection.nodes;
    // An answer ends the wait even while the dialler stands still.
    this.#kernel.cancel(connection.timeout);
    const kind = failure === "timeout" ? EVENT.dialTimeout : EVENT.dialResult;
    if (this.#host.defer(from, kind, id, failure)) return;
    const end = (id * 2) as ConnectionId;
    if (failure === undefined) {
      this.#recordConnection(RECORD.connected, from, to, connection);
      this.#host.connected(from, end);
      return;
    }
    this.#abandon(connection);
    const { trace } = this.#kernel;
    if (trace.on) {
      const record = trace.begin(RECORD.dialFailed, from).int(to).int(PORT_NUMBER[connection.port]);
      record
        .int(id)
        .int(failure === "refused" ? 0 : 1)
        .end();
    }
    this.#host.dialFailed(from, end, failure);
  }

  /** A dial that came to nothing, or that nobody waits for any more. */
  #abandon(connection: Connection): void {
    this.#kernel.cancel(connection.syn);
    this.#kernel.cancel(connection.timeout);
    connection.open[0] = false;
    if (connection.open[1]) this.#queue(connection, 0, FIN);
    this.#forgetIfDone(connection);
  }

  // Segments.

  #queue(connection: Connection, side: 0 | 1, content: Segment["content"]): void {
    const segment = { content, place: connection.sent[side]++, cause: this.#kernel.trace.cause };
    this.#transmit(connection, side, segment);
  }

  #transmit(connection: Connection, side: 0 | 1, segment: Segment): void {
    const held = connection.held[side];
    if (held.length > 0) {
      held.push(segment);
      return;
    }
    const from = connection.nodes[side];
    const to = connection.nodes[1 - side] as number;
    const link = this.#links.between(from, to);
    let delay = this.#links.delay(link) + this.#queueing(link, segment);
    if (link.spec.loss.n > 0) {
      const late = this.#links.retransmissions(link);
      if (late === undefined) {
        this.#giveUpLater(connection, side, segment);
        return;
      }
      delay += late;
    }
    const arrival = Math.max(this.#kernel.now + delay, connection.lastArrival[side]);
    connection.lastArrival[side] = arrival;
    this.#launch(connection, side, segment, arrival - this.#kernel.now);
  }

  #launch(connection: Connection, side: 0 | 1, segment: Segment, delay: number): void {
    connection.inFlight++;
    const to = connection.nodes[1 - side] as number;
    this.#kernel.schedule(delay, EVENT.deliver, to, connection.id * 2 + 1 - side, segment);
  }

  /** A message in message mode: it may vanish, come twice, or let others pass. */
  #sendUnreliably(
    connection: Connection,
    side: 0 | 1,
    message: object,
    faults: MessageFaults,
  ): void {
    if (this.#happens(faults.drop)) {
      this.#recordLoss(connection, side, "dropped");
      return;
    }
    const link = this.#links.between(connection.nodes[side], connection.nodes[1 - side] as number);
    const stray = { content: message, place: NO_PLACE, cause: this.#kernel.trace.cause };
    if (this.#happens(faults.duplicate)) {
      const late = drawDelay(faults.reorderDelay, this.#faults);
      this.#launch(connection, side, stray, this.#links.delay(link) + late);
    }
    if (this.#happens(faults.reorder)) {
      const late = drawDelay(faults.reorderDelay, this.#faults);
      this.#launch(connection, side, stray, this.#links.delay(link) + late);
    } else {
      this.#queue(connection, side, message);
    }
  }

  #deliver(end: number, segment: Segment): void {
    const connection = this.#connections.get(end >> 1);
    if (connection === undefined) return;
    connection.inFlight--;
    const sender = (1 - (end & 1)) as 0 | 1;
    if (connection.broken) {
      this.#lose(connection, sender, [segment]);
      this.#forgetIfDone(connection);
      return;
    }
    const link = this.#links.between(
      connection.nodes[sender],
      connection.nodes[1 - sender] as number,
    );
    if (link.cut || link.clogged || connection.held[sender].length > 0) {
      this.#hold(connection, sender, segment, link);
      return;
    }
    if (segment.place === NO_PLACE) {
      this.#arrive(end, segment);
      return;
    }
    const early = connection.early[sender];
    if (segment.place !== connection.arrived[sender]) {
      // It was under way while the one before it had to be sent again, and waits for that one.
      early.push(segment);
      this.#forgetIfDone(connection);
      return;
    }
    for (let next: Segment | undefined = segment; next !== undefined;) {
      connection.arrived[sender]++;
      this.#kernel.trace.enter(next.cause);
      this.#arrive(end, next);
      if (early.length === 0) return;
      const at = early.findIndex(({ place }) => place === connection.arrived[sender]);
      next = at < 0 ? undefined : early.splice(at, 1)[0];
    }
  }

  /** The segment is through the network. */
  #arrive(end: number, segment: Segment): void {
    const connection = this.#connections.get(end >> 1);
    if (connection === undefined) return;
    const side = (end & 1) as 0 | 1;
    const sender = (1 - side) as 0 | 1;
    const node = connection.nodes[side];
    if (!connection.open[side]) {
      // Nobody has this end any more: its system answers data with a reset.
      if (segment.content !== FIN) {
        this.#recordLoss(connection, sender, "connection closed");
        if (connection.open[sender]) this.#resetSide(connection, sender);
      }
      this.#forgetIfDone(connection);
      return;
    }
    if (this.#host.defer(node, EVENT.arrive, end, segment)) return;
    if (segment.content === FIN) {
      this.#end(connection, side, "end of file");
      return;
    }
    const { trace } = this.#kernel;
    if (trace.on) {
      const record = trace.begin(RECORD.received, node);
      record.int(connection.nodes[sender]).int(connection.id).end();
    }
    this.#host.received(node, end as ConnectionId, segment.content);
  }

  /** The link does not deliver: the segment, and all behind it, waits. */
  #hold(connection: Connection, sender: 0 | 1, segment: Segment, link: Link): void {
    const { trace } = this.#kernel;
    const held = connection.held[sender];
    held.push(segment);
    if (held.length > 1) return;
    const from = connection.nodes[sender];
    if (trace.on) {
      const record = trace.begin(RECORD.stalled, from).int(connection.nodes[1 - sender] as number);
      record.int(connection.id).end();
    }
    connection.retries[sender] = 0;
    if (!link.clogged) this.#scheduleRetransmit(connection, sender);
  }

  /** Every transmission of the segment is lost: when all tries are used up, the sender will be told. */
  #giveUpLater(connection: Connection, side: 0 | 1, segment: Segment): void {
    connection.held[side].push(segment);
    connection.retries[side] = this.#spec.tcp.maxRetries + 1;
    const end = connection.id * 2 + side;
    const node = connection.nodes[side];
    const wait = this.#links.patience();
    connection.retransmit[side] = this.#kernel.schedule(wait, EVENT.retransmit, node, end);
  }

  #hasGivenUp(connection: Connection, sender: 0 | 1): boolean {
    return connection.retries[sender] > this.#spec.tcp.maxRetries;
  }

  #scheduleRetransmit(connection: Connection, sender: 0 | 1): void {
    const wait = this.#links.retransmitWait(connection.retries[sender]);
    const from = connection.nodes[sender];
    const end = connection.id * 2 + sender;
    connection.retransmit[sender] = this.#kernel.schedule(wait, EVENT.retransmit, from, end);
  }

  #retransmit(end: number): void {
    const connection = this.#connections.get(end >> 1);
    if (connection === undefined) return;
    const sender = (end & 1) as 0 | 1;
    const link = this.#links.between(
      connection.nodes[sender],
      connection.nodes[1 - sender] as number,
    );
    // A clogged link holds segments back, so that nothing is sent again and no try is used up.
    if (link.cut && !link.clogged) connection.retries[sender]++;
    if (this.#hasGivenUp(connection, sender)) {
      this.#lose(connection, sender, this.#takeHeld(connection, sender));
      if (connection.open[sender]) this.#resetSide(connection, sender);
      this.#forgetIfDone(connection);
    } else if (link.cut || link.clogged) {
      this.#scheduleRetransmit(connection, sender);
    } else {
      this.#flush(connection, sender);
    }
  }

  /** The link delivers again: all that waits goes out, in order. */
  #flush(connection: Connection, sender: 0 | 1): void {
    if (this.#hasGivenUp(connection, sender)) return;
    const { trace } = this.#kernel;
    const outer = trace.cause;
    for (const segment of this.#takeHeld(connection, sender)) {
      trace.cause = segment.cause;
      this.#transmit(connection, sender, segment);
    }
    trace.cause = outer;
  }

  #takeHeld(connection: Connection, sender: 0 | 1): Segment[] {
    this.#kernel.cancel(connection.retransmit[sender]);
    return connection.held[sender].splice(0);
  }

  // Ends.

  #closeSide(connection: Connection, side: 0 | 1): void {
    if (!connection.open[side]) return;
    if (!connection.established) {
      this.#abandon(connection);
      return;
    }
    connection.open[side] = false;
    if (side === 0) this.#kernel.cancel(connection.timeout);
    if (connection.open[1 - side] && !connection.broken) this.#queue(connection, side, FIN);
    this.#forgetIfDone(connection);
  }

  /** Both ends will hear of a reset, each after its own delay; what is under way is lost. */
  #break(connection: Connection): void {
    connection.broken = true;
    for (const side of [0, 1] as const) {
      this.#lose(connection, side, this.#takeHeld(connection, side));
      this.#lose(connection, side, connection.early[side].splice(0));
      if (connection.open[side]) this.#resetSide(connection, side);
    }
    this.#forgetIfDone(connection);
  }

  #resetSide(connection: Connection, side: 0 | 1): void {
    const node = connection.nodes[side];
    const other = connection.nodes[1 - side] as number;
    const delay = this.#links.delay(this.#links.between(other, node));
    this.#kernel.schedule(delay, EVENT.reset, node, connection.id * 2 + side);
  }

  #resetReaches(end: number): void {
    const connection = this.#connections.get(end >> 1);
    if (connection === undefined) return;
    const side = (end & 1) as 0 | 1;
    if (!connection.open[side]) return;
    if (this.#host.defer(connection.nodes[side], EVENT.reset, end, undefined)) return;
    this.#end(connection, side, "reset");
  }

  /** A process learns that its connection has ended, and lets go of it. */
  #end(connection: Connection, side: 0 | 1, how: (typeof CLOSINGS)[number]): void {
    const node = connection.nodes[side];
    const other = connection.nodes[1 - side] as number;
    connection.open[side] = false;
    if (side === 0) this.#kernel.cancel(connection.timeout);
    const { trace } = this.#kernel;
    if (trace.on) {
      const record = trace.begin(RECORD.closed, node).int(other).int(connection.id);
      record.int(CLOSING_NUMBER[how]).end();
    }
    this.#forgetIfDone(connection);
    this.#host.closed(node, (connection.id * 2 + side) as ConnectionId);
  }

  #forgetIfDone(connection: Connection): void {
    if (connection.open[0] || connection.open[1] || connection.inFlight > 0) return;
    if (connection.held[0].length > 0 || connection.held[1].length > 0) return;
    for (const side of [0, 1] as const) this.#lose(connection, side, connection.early[side]);
    this.#connections.delete(connection.id);
  }

  #happens(ratio: Ratio): boolean {
    return ratio.n > 0 && this.#faults.chance(ratio.n, ratio.outOf);
  }

  /** Microseconds that a segment waits for, and takes of, a link of limited bandwidth. */
  #queueing(link: Link, segment: Segment): number {
    if (link.spec.bytesPerSecond === 0 || segment.content === FIN) return 0;
    return this.#links.queueing(link, this.#traffic.bytes(segment.content), this.#kernel.now);
  }

  // Records.

  /** Leaves the trace's cause at the record, for the delivery to be caused by it. */
  #recordSend(connection: Connection, side: 0 | 1, message: object): void {
    const { trace } = this.#kernel;
    const from = connection.nodes[side];
    const to = connection.nodes[1 - side] as number;
    this.#traffic.record(trace, from, to, connection.id, message);
    trace.cause = trace.end();
  }

  /** What had not arrived when its connection broke. */
  #lose(connection: Connection, sender: 0 | 1, segments: readonly Segment[]): void {
    const { trace } = this.#kernel;
    const outer = trace.cause;
    for (const segment of segments) {
      if (segment.content === FIN) continue;
      trace.cause = segment.cause;
      this.#recordLoss(connection, sender, "connection reset");
    }
    trace.cause = outer;
  }

  #recordLoss(connection: Connection, sender: 0 | 1, why: (typeof LOSSES)[number]): void {
    const { trace } = this.#kernel;
    if (!trace.on) return;
    const record = trace.begin(RECORD.lost, connection.nodes[1 - sender] as number);
    record.int(connection.nodes[sender]).int(connection.id).int(LOSS_NUMBER[why]).end();
  }

  #recordConnection(kind: number, node: number, other: number, connection: Connection): void {
    const { trace } = this.#kernel;
    if (!trace.on) return;
    trace.begin(kind, node).int(other).int(PORT_NUMBER[connection.port]).int(connection.id).end();
  }

  #recordLink(from: number, to: number, change: (typeof LINK_CHANGES)[number]): void {
    const { trace } = this.#kernel;
    if (!trace.on) return;
    trace.begin(RECORD.link, -1).int(from).int(to).int(CHANGE_NUMBER[change]).end();
  }
}
