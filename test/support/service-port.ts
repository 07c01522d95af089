import { type ServiceConfig, serviceConfig } from "../../core/server/service/config.ts";
import { recover, type StoredFiles } from "../../core/server/service/recovery.ts";
import type { ServiceObservation } from "../../core/server/service/service-observations.ts";
import {
  type ClientConnection,
  type ClientFrame,
  clientConnection,
  type LogEntry,
  type ServerMessage,
  type ServiceInput,
  type ServicePort,
  type ServiceTimer,
} from "../../core/server/service/service-port.ts";
import { newService, stepService } from "../../core/server/service/service.ts";
import { standaloneContext } from "../../core/server/service/standalone.ts";
import type { Snapshot } from "../../core/server/service/snapshot.ts";
import type { Service, ServiceContext } from "../../core/server/service/state.ts";
import { type Truncation, truncatedFiles } from "../../core/server/service/truncation.ts";
import { NO_SESSION, type SessionId } from "../../core/ids.ts";
import { OPCODES } from "../../core/wire/opcodes.ts";
import type { ConnectRequest, ConnectResponse, Reply, Request } from "../../core/wire/records.ts";
import { EVENT_TYPES } from "../../core/wire/records.ts";
import { ZERO_ZXID, zxid, type Zxid } from "../../core/zxid.ts";

/**
 * One standalone server, alone on a bench. Its port writes down every effect, its disk keeps log and snapshots in
 * lists, its timers are wound by hand, and a force is done when the test says so (or at once, with `autoForce`).
 */

interface LogFile {
  readonly entries: LogEntry[];
}

export class RecordingServicePort implements ServicePort {
  nowMs = 0;
  wallStartMs = 1_700_000_000_000;
  nextDraw = 0;
  readonly sent: { readonly connection: ClientConnection; readonly message: ServerMessage }[] = [];
  readonly closed: ClientConnection[] = [];
  readonly observed: ServiceObservation[] = [];
  readonly timers = new Map<ServiceTimer, number>();
  logs: LogFile[] = [];
  snapshots: Snapshot[] = [];
  readonly purged: number[] = [];
  /** How many entries, over all files, are known to be durable. */
  durable = 0;
  forcesAsked = 0;
  /** Entries that the force under way covers. */
  forcing: number | undefined;
  snapshotUnderWay: Snapshot | undefined;
  truncationUnderWay: Truncation | undefined;
  /** Called after each effect on the disk. */
  onDisk: () => void = () => {};
  #isNewFile = true;

  now(): number {
    return this.nowMs;
  }
  wallMs(): number {
    return this.wallStartMs + this.nowMs;
  }
  draw(below: number): number {
    return this.nextDraw % below;
  }
  send(connection: ClientConnection, message: ServerMessage): void {
    if (!this.closed.includes(connection)) this.sent.push({ connection, message });
  }
  closeClient(connection: ClientConnection): void {
    this.closed.push(connection);
  }
  append(entry: LogEntry): void {
    if (this.#isNewFile) this.logs.push({ entries: [] });
    this.#isNewFile = false;
    this.logs.at(-1)?.entries.push(entry);
    this.onDisk();
  }
  force(): void {
    if (this.forcing !== undefined) throw new Error("a force is under way already");
    this.forcesAsked++;
    this.forcing = this.entryCount;
    this.onDisk();
  }
  rollLog(): void {
    this.#isNewFile = true;
    this.onDisk();
  }
  writeSnapshot(snapshot: Snapshot): void {
    if (this.snapshotUnderWay !== undefined) throw new Error("a snapshot is under way already");
    this.snapshotUnderWay = snapshot;
    this.onDisk();
  }
  stored(): StoredFiles {
    return {
      snapshots: this.snapshots.map((content) => ({ zxid: content.zxid, content })),
      logs: this.logs.flatMap(({ entries }) => {
        const [first] = entries;
        if (first === undefined) return [];
        const stored = entries.map((entry) => ({ kind: "entry" as const, entry }));
        return [{ firstZxid: first.header.zxid, entries: stored }];
      }),
    };
  }
  truncate(truncation: Truncation): void {
    this.truncationUnderWay = truncation;
    this.onDisk();
  }
  purge(retainCount: number): void {
    this.purged.push(retainCount);
  }
  setTimer(timer: ServiceTimer, delayMs: number): void {
    this.timers.set(timer, this.nowMs + delayMs);
  }
  cancelTimer(timer: ServiceTimer): void {
    this.timers.delete(timer);
  }
  observe(observation: ServiceObservation): void {
    this.observed.push(observation);
  }

  get entryCount(): number {
    return this.logs.reduce((count, log) => count + log.entries.length, 0);
  }

  get entries(): readonly LogEntry[] {
    return this.logs.flatMap((log) => log.entries);
  }

  /** Puts files there; what can't be read of them is left out. All of it is durable. */
  replace(files: StoredFiles): void {
    this.logs = files.logs.map((log) => ({
      entries: log.entries.flatMap((stored) => (stored.kind === "entry" ? [stored.entry] : [])),
    }));
    this.snapshots = files.snapshots.flatMap(({ content }) => content ?? []);
    this.durable = this.entryCount;
    this.#isNewFile = true;
  }

  // What was asked of the disk is done; whoever asked has yet to be told.

  completeForce(): void {
    if (this.forcing === undefined) throw new Error("no force is under way");
    this.durable = this.forcing;
    this.forcing = undefined;
    this.onDisk();
  }
  completeSnapshot(): void {
    const snapshot = this.snapshotUnderWay;
    if (snapshot === undefined) throw new Error("no snapshot is under way");
    this.snapshotUnderWay = undefined;
    this.snapshots.push(snapshot);
    this.onDisk();
  }
  completeTruncation(): void {
    const truncation = this.truncationUnderWay;
    if (truncation === undefined) throw new Error("no truncation is under way");
    this.truncationUnderWay = undefined;
    this.replace(truncatedFiles(this.stored(), truncation));
    this.onDisk();
  }

  /** What a crash leaves: what was forced, so many entries of the rest, and perhaps a piece of the next one. */
  afterCrash(survivors = 0, isTorn = false): StoredFiles {
    let left = this.durable + survivors;
    const logs: StoredFiles["logs"][number][] = [];
    for (const { entries } of this.logs) {
      const kept = entries.slice(0, left).map((entry) => ({ kind: "entry" as const, entry }));
      const tears = isTorn && left < entries.length;
      left -= kept.length;
      const first = entries[0];
      if (first === undefined || (kept.length === 0 && !tears)) continue;
      const tail = tears ? [{ kind: "torn" as const }] : [];
      logs.push({ firstZxid: first.header.zxid, entries: [...kept, ...tail] });
      if (tears) break;
    }
    return {
      snapshots: this.snapshots.map((content) => ({ zxid: content.zxid, content })),
      logs,
    };
  }
}

export interface BenchOptions {
  readonly config?: Partial<ServiceConfig>;
  readonly files?: StoredFiles;
  readonly autoForce?: boolean;
  readonly nowMs?: number;
  readonly onDisk?: (port: RecordingServicePort) => void;
}

export class ServiceBench {
  readonly port = new RecordingServicePort();
  readonly ctx: ServiceContext;
  readonly service: Service;
  readonly replayed: number;
  autoForce: boolean;
  #connections = 0;

  constructor(options: BenchOptions = {}) {
    const config = serviceConfig({ tickTime: 100, maxSessionTimeout: 40_000, ...options.config });
    this.ctx = standaloneContext(config, this.port);
    this.autoForce = options.autoForce ?? true;
    this.port.nowMs = options.nowMs ?? 0;
    const files = options.files ?? { snapshots: [], logs: [] };
    const recovery = recover(files, config);
    if (recovery.kind === "refused") throw new Error(`the server does not start: ${recovery.why}`);
    this.replayed = recovery.replayed;
    this.service = newService(this.ctx, recovery);
    this.port.replace(files);
    this.port.onDisk = () => options.onDisk?.(this.port);
    this.step({ kind: "boot" });
    this.snapshotWritten();
  }

  get lastZxid(): Zxid {
    return this.service.database.tree.lastProcessedZxid;
  }

  step(input: ServiceInput): void {
    stepService(this.ctx, this.service, input);
    while (this.autoForce && this.port.forcing !== undefined) this.forced();
  }

  /** The force under way is done. */
  forced(): void {
    this.port.completeForce();
    stepService(this.ctx, this.service, { kind: "forced" });
  }

  snapshotWritten(): void {
    if (this.port.snapshotUnderWay === undefined) return;
    this.port.completeSnapshot();
    this.step({ kind: "snapshotWritten", ok: true });
  }

  /** Lets time pass, timer by timer. */
  advance(ms: number): void {
    const until = this.port.nowMs + ms;
    for (;;) {
      const due = [...this.port.timers]
        .filter(([, at]) => at <= until)
        .sort((a, b) => a[1] - b[1])[0];
      if (due === undefined) break;
      this.port.timers.delete(due[0]);
      this.port.nowMs = Math.max(this.port.nowMs, due[1]);
      this.step({ kind: "serviceTimer", timer: due[0] });
    }
    this.port.nowMs = until;
  }

  /** A connection without a session. */
  open(address = "127.0.0.1"): TestClient {
    const connection = clientConnection(++this.#connections);
    this.step({ kind: "clientAccepted", connection, address });
    return new TestClient(this, connection);
  }

  /** A connection with a new session. */
  connect(timeOut = 10_000): TestClient {
    const client = this.open();
    client.connect({ timeOut });
    return client;
  }
}

/** A server with clients: the bench of this file, or one of an ensemble's server. */
export interface ServingBench {
  readonly port: Pick<RecordingServicePort, "sent" | "closed">;
  step(input: ServiceInput): void;
}

/** The client's end: numbers its requests and sorts what comes back. */
export class TestClient {
  readonly bench: ServingBench;
  readonly connection: ClientConnection;
  xid = 0;
  #read = 0;

  constructor(bench: ServingBench, connection: ClientConnection) {
    this.bench = bench;
    this.connection = connection;
  }

  get isClosed(): boolean {
    return this.bench.port.closed.includes(this.connection);
  }

  frame(frame: ClientFrame): void {
    this.bench.step({ kind: "clientFrame", connection: this.connection, frame });
  }

  connect(request: Partial<ConnectRequest> = {}): void {
    this.frame({
      kind: "connect",
      bytes: 45,
      request: {
        protocolVersion: 0,
        lastZxidSeen: ZERO_ZXID,
        timeOut: 10_000,
        sessionId: NO_SESSION,
        passwd: new Uint8Array(16),
        readOnly: false,
        ...request,
      },
    });
  }

  /** Sends a request and gives its xid; the reply may take its time. */
  send(request: Request, xid: number = ++this.xid): number {
    this.frame({
      kind: "request",
      bytes: 0,
      header: { xid, type: OPCODES[request.kind] },
      request,
    });
    return xid;
  }

  /** Sends a request whose body cannot be read. */
  sendMalformed(op: Request["kind"], xid: number = ++this.xid): void {
    this.frame({ kind: "malformed", bytes: 8, header: { xid, type: OPCODES[op] } });
  }

  /** Sends a request and gives the reply, which must be the last thing that arrives. */
  ask(request: Request): Reply {
    this.send(request);
    const last = this.take().at(-1);
    if (last?.kind !== "reply") throw new Error(`no reply to ${request.kind}`);
    return last.reply;
  }

  /** The error code of the reply. */
  err(request: Request): number {
    return this.ask(request).header.err;
  }

  /** What arrived since the last look. */
  take(): ServerMessage[] {
    const all = this.bench.port.sent.filter(({ connection }) => connection === this.connection);
    const fresh = all.slice(this.#read).map(({ message }) => message);
    this.#read = all.length;
    return fresh;
  }

  /** The same in short: `reply 3 err 0`, `NodeCreated /a`, `session`, `refused`. */
  log(): string[] {
    return this.take().map(inShort);
  }

  get response(): ConnectResponse {
    for (const { connection, message } of this.bench.port.sent) {
      if (connection === this.connection && message.kind === "connectResponse") {
        return message.response;
      }
    }
    throw new Error("no connect response");
  }

  get session(): SessionId {
    return this.response.sessionId;
  }
}

export function inShort(message: ServerMessage): string {
  switch (message.kind) {
    case "connectResponse":
      return message.response.timeOut === 0 ? "refused" : "session";
    case "reply": {
      const { xid, err } = message.reply.header;
      return err === 0 ? `reply ${xid}` : `reply ${xid} err ${err}`;
    }
    case "event": {
      const name = Object.entries(EVENT_TYPES).find(([, type]) => type === message.event.type)?.[0];
      return `${name} ${message.event.path}`;
    }
  }
}

export const OPEN = [{ perms: 31, id: { scheme: "world", id: "anyone" } }] as const;

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Requests with the defaults of the conformance data. */
export const req = {
  create: (
    path: string | null,
    flags = 0,
    data = "",
    acl: (typeof OPEN)[number][] = [...OPEN],
  ): Request => ({
    kind: "create",
    path,
    data: bytes(data),
    acl,
    flags,
  }),
  delete: (path: string | null, version = -1): Request => ({ kind: "delete", path, version }),
  setData: (path: string | null, data = "", version = -1): Request => ({
    kind: "setData",
    path,
    data: bytes(data),
    version,
  }),
  check: (path: string | null, version = -1): Request => ({ kind: "check", path, version }),
  exists: (path: string, watch = false): Request => ({ kind: "exists", path, watch }),
  getData: (path: string, watch = false): Request => ({ kind: "getData", path, watch }),
  getChildren: (path: string, watch = false): Request => ({ kind: "getChildren", path, watch }),
  sync: (path: string): Request => ({ kind: "sync", path }),
  ping: (): Request => ({ kind: "ping" }),
  closeSession: (): Request => ({ kind: "closeSession" }),
  multi: (...ops: Request[]): Request => ({ kind: "multi", ops }),
  auth: (scheme: string | null, auth: string | null): Request => ({
    kind: "auth",
    type: 0,
    scheme,
    auth: auth === null ? null : bytes(auth),
  }),
};

export { zxid };
