import { awaitedReply, stepClient } from "../../core/client/client.ts";
import {
  CLIENT_TIMERS,
  type ClientDelivery,
  type ClientInput,
  type ClientMessage,
  type ClientObservation,
  type ClientPort,
  type ClientTimer,
  type RequestToken,
  type ServerMessage,
} from "../../core/client/client-port.ts";
import {
  type Client,
  type ClientConfig,
  type ClientContext,
  newClient,
} from "../../core/client/client-state.ts";
import { formatHostPort, type Host } from "../../core/client/connect-string.ts";
import type { ClientOp } from "../../core/client/operations.ts";
import { formatSessionId } from "../../core/ids.ts";
import type { ConnectionId, DialFailure } from "../../core/server/port.ts";
import {
  requestKind,
  tryDecodeConnectResponse,
  tryDecodeServerMessage,
} from "../../core/wire/index.ts";
import { type ClientTraffic, toServer } from "../client-traffic.ts";
import type { Random } from "../kernel/prng.ts";
import { RECORD } from "../records.ts";
import type { ClockSpec } from "./clock.ts";
import { Process, type ProcessHost } from "./process.ts";

/** What a client's process is built from. */
export interface ClientProcessSpec {
  readonly node: number;
  readonly id: number;
  readonly name: string;
  readonly config: ClientConfig;
  readonly clock: ClockSpec;
  readonly codec: boolean;
}

export interface ClientHost extends ProcessHost {
  /** The node that a client reaches under a host's name; undefined if no server has it. */
  resolve(host: Host): number | undefined;
  /** What the server at a node says to the word `isro`; undefined: nothing, since it does not run. */
  isro(node: number): Isro | undefined;
}

/** IsroCommand: a server serves reads only, or all, or has no part in anything yet. */
export type Isro = "ro" | "rw" | "null";

/** A client never waits longer for a dial than its own connect timeout, which it keeps itself. */
const DIAL_TIMEOUT_MS = 3_600_000;
/** Behind the client's own timers. */
const PROBE_TIMER = CLIENT_TIMERS.length;
const PROBE_MS = 1000;

/** A server that is asked whether it is read-only. */
interface Probe {
  readonly host: Host;
  readonly node: number;
  readonly connection: ConnectionId;
  readonly dialledUs: number;
}

/** The process of a client: it hosts core/'s client, and is its port. Whoever uses it gets what it delivers. */
export class ClientProcess extends Process implements ClientPort {
  readonly id: number;
  readonly name: string;
  client: Client | undefined;
  /** Told of completions and events, in their order, each after the step that delivered it is over. */
  onDelivery: ((delivery: ClientDelivery) => void) | undefined;
  readonly #host: ClientHost;
  readonly #codec: boolean;
  #context: ClientContext;
  #probe: Probe | undefined;
  #nextToken = 1;
  readonly #deliveries: ClientDelivery[] = [];
  #isHandingOn = false;

  constructor(spec: ClientProcessSpec, host: ClientHost, random: Random) {
    super(spec.node, host, spec.clock, random);
    this.id = spec.id;
    this.name = spec.name;
    this.#host = host;
    this.#codec = spec.codec;
    this.#context = { config: spec.config, port: this };
  }

  /** Says what the next client that is started here is to be. */
  configure(config: ClientConfig): void {
    this.#context = { config, port: this };
  }

  /** Makes a request, also from within `onDelivery`; its completion is delivered under the token. */
  request(op: ClientOp, token: RequestToken = this.#nextToken++): RequestToken {
    this.#input({ kind: "request", token, op });
    return token;
  }

  // What reaches it.

  /** It listens to nobody. */
  accepted(): void {}

  connected(connection: ConnectionId): void {
    if (connection === this.#probe?.connection) this.#ask(this.#probe);
    else this.#input({ kind: "dialled", connection });
  }

  dialFailed(connection: ConnectionId, reason: DialFailure): void {
    if (connection === this.#probe?.connection) this.#answer(this.#probe, undefined);
    else this.#input({ kind: "dialFailed", connection, reason });
  }

  received(connection: ConnectionId, message: object): void {
    const read = this.#messageOf(message as ClientTraffic);
    if (read?.kind === "reply" && this.client?.connection === connection) {
      this.watcher?.received(this.node, this.network.otherNode(connection), read);
    }
    if (read === undefined) this.#input({ kind: "malformed", connection });
    else this.#input({ kind: "message", connection, message: read });
  }

  closed(connection: ConnectionId): void {
    if (connection === this.#probe?.connection) this.#answer(this.#probe, undefined);
    else this.#input({ kind: "closed", connection });
  }

  own(): void {}

  protected started(): void {
    this.client = newClient(this.#context);
    this.#input({ kind: "start" });
  }

  protected ended(): void {
    this.client = undefined;
    this.#probe = undefined;
    this.#deliveries.length = 0;
  }

  protected timedOut(ref: number): void {
    if (ref === PROBE_TIMER) {
      const probe = this.#probe;
      if (probe !== undefined) this.#answer(probe, this.#isro(probe.node));
      return;
    }
    this.#input({ kind: "timer", timer: CLIENT_TIMERS[ref] as ClientTimer });
  }

  // What it does: core/'s port.

  dial(host: Host): ConnectionId {
    return this.dialNode(this.#host.resolve(host) ?? this.node, "client", DIAL_TIMEOUT_MS);
  }

  send(connection: ConnectionId, message: ClientMessage): void {
    this.network.send(connection, toServer(message, this.#codec));
  }

  /** A connection of its own, on which there is nothing but the question. A new one takes the place of the last. */
  probe(host: Host): void {
    this.#endProbe();
    const node = this.#host.resolve(host) ?? this.node;
    const connection = this.dialNode(node, "client", PROBE_MS);
    this.#probe = { host, node, connection, dialledUs: this.kernel.now };
  }

  setTimer(timer: ClientTimer, delayMs: number): void {
    this.arm(CLIENT_TIMERS.indexOf(timer), delayMs);
  }

  cancelTimer(timer: ClientTimer): void {
    this.disarm(CLIENT_TIMERS.indexOf(timer));
  }

  deliver(delivery: ClientDelivery): void {
    this.changed();
    const { trace } = this.kernel;
    if (trace.on) {
      if (delivery.kind === "event") {
        const { type, state, path } = delivery.event;
        trace
          .begin(RECORD.clientEvent, this.node)
          .text(type)
          .text(state)
          .text(path ?? "")
          .end();
      } else {
        const { token, op, outcome } = delivery;
        const record = trace.begin(RECORD.clientCompletion, this.node).int(token).text(op.kind);
        record.int(outcome.ok ? 0 : outcome.error.code).end();
      }
    }
    this.#deliveries.push(delivery);
  }

  observe(o: ClientObservation): void {
    this.changed();
    const { trace } = this.kernel;
    if (!trace.on) return;
    switch (o.kind) {
      case "dialling":
        trace.begin(RECORD.clientDialling, this.node).text(formatHostPort(o.host)).end();
        return;
      case "established":
        trace.begin(RECORD.clientEstablished, this.node).text(formatHostPort(o.host));
        trace.text(formatSessionId(o.sessionId)).int(o.timeoutMs).end();
        return;
      case "lost":
        trace.begin(RECORD.clientLost, this.node).text(o.why).end();
        return;
      case "ended":
        trace.begin(RECORD.clientEnded, this.node).end();
        return;
      case "watchesReset":
        return;
    }
  }

  /** The message as the client reads it: from the bytes where there are any; undefined if they are none. */
  #messageOf(traffic: ClientTraffic): ServerMessage | undefined {
    if (traffic.kind !== "toClient") return undefined;
    if (typeof traffic.bytes !== "number") return this.#decode(traffic.bytes);
    const { message } = traffic;
    switch (message.kind) {
      case "connectResponse":
        return { kind: "connect", response: message.response };
      case "reply":
        return { kind: "reply", ...message.reply };
      case "event":
        return { kind: "notice", header: message.header, event: message.event };
    }
  }

  #decode(bytes: Uint8Array): ServerMessage | undefined {
    const { client } = this;
    if (client === undefined) return undefined;
    if (client.phase === "handshaking") {
      const decoded = tryDecodeConnectResponse(bytes);
      if (decoded.kind !== "connectResponse") return undefined;
      return { kind: "connect", response: decoded.response };
    }
    const awaited = awaitedReply(client);
    const decoded = tryDecodeServerMessage(
      bytes,
      awaited === undefined ? undefined : requestKind(awaited.type),
    );
    switch (decoded.kind) {
      case "reply":
        return { kind: "reply", ...decoded.reply };
      case "event":
        return { kind: "notice", ...decoded.notice };
      case "malformed":
        return undefined;
    }
  }

  /** The word and its answer travel for as long as the dial and its answer did. */
  #ask({ dialledUs }: Probe): void {
    this.arm(PROBE_TIMER, Math.ceil((this.kernel.now - dialledUs) / 1000));
  }

  #isro(node: number): Isro | undefined {
    const { network } = this;
    const isSilent = (from: number, to: number): boolean =>
      network.isCut(from, to) || network.isClogged(from, to);
    if (isSilent(this.node, node) || isSilent(node, this.node)) return undefined;
    return this.#host.isro(node);
  }

  #answer({ host }: Probe, answer: Isro | undefined): void {
    this.#endProbe();
    this.#input({ kind: "probed", host, answer });
  }

  #endProbe(): void {
    if (this.#probe === undefined) return;
    this.close(this.#probe.connection);
    this.#probe = undefined;
    this.disarm(PROBE_TIMER);
  }

  #input(input: ClientInput): void {
    if (this.client === undefined) return;
    stepClient(this.#context, this.client, input);
    this.#handOn();
  }

  /** Whoever is told may ask for more at once; what that delivers comes behind what waits already. */
  #handOn(): void {
    if (this.#isHandingOn) return;
    this.#isHandingOn = true;
    for (let next = this.#deliveries.shift(); next !== undefined; next = this.#deliveries.shift()) {
      this.onDelivery?.(next);
    }
    this.#isHandingOn = false;
  }
}
