import { CREATE_MODES } from "../../core/client/create-mode.ts";
import { errorName } from "../../core/client/client-error.ts";
import { textOf } from "../../core/tree/text-bytes.ts";
import type { TraceRecord } from "../../sim/kernel/trace.ts";
import { failedAt, gotOf } from "../predicate/service.ts";
import type { Cast } from "../service/cast.ts";
import type { LoggedRequest } from "../service/client-log.ts";
import { numberIn, serverIn, textIn } from "./read-record.ts";
import { type Asked, type ServiceFact, WRITES } from "./service-fact.ts";

/**
 * Reads the facts about a standalone server and its clients off records. A reply's zxid stands in another record than
 * the completion that it leads to, and whose session it is in another than its end, so some are remembered.
 */
export class ServiceStory {
  readonly #cast: Cast;
  /** The zxid of each reply, and of what led from it to the completion. */
  readonly #zxids = new Map<number, number>();
  readonly #clientOf = new Map<string, number>();
  /** The session that each client had last. */
  readonly #sessionOf = new Map<number, string>();

  /** Clients that have a server at this moment. */
  readonly #connected = new Set<number>();
  /** The server that each client was connected to last. */
  readonly #hostOf = new Map<number, string>();

  constructor(cast: Cast) {
    this.#cast = cast;
  }

  factOf(record: TraceRecord): ServiceFact | undefined {
    const servers = [record.server ?? -1];
    const text = (field: string): string => textIn(record, field);
    const number = (field: string): number => numberIn(record, field);
    switch (record.kind) {
      case "serviceStarted":
        return {
          kind: "serverStarts",
          servers,
          zxid: number("zxid"),
          replayed: number("replayed"),
        };
      case "serviceRefused":
        return { kind: "serverRefuses", servers, why: text("why") };
      case "connectResponse":
        this.#clientOf.set(text("session"), serverIn(record, "to") ?? -1);
        return undefined;
      case "reply":
        this.#zxids.set(record.index, number("zxid"));
        return undefined;
      case "received":
        this.#passOn(record);
        return undefined;
      case "clientEstablished":
        return this.#connects(record);
      case "clientLost":
        return this.#loses(record.server ?? -1, text("why"));
      case "clientEvent":
        return eventFact(record, servers);
      case "clientCompletion":
        return this.#completes(record);
      case "sessionExpiring":
        return {
          kind: "sessionExpires",
          servers,
          session: text("session"),
          client: this.#clientOf.get(text("session")) ?? null,
        };
      case "sessionRemoved":
        return {
          kind: "sessionEnds",
          servers,
          session: text("session"),
          client: this.#clientOf.get(text("session")) ?? null,
          zxid: number("zxid"),
        };
      case "applied":
        return text("txn") === "deleteContainer"
          ? { kind: "reaps", servers, zxid: number("zxid") }
          : undefined;
      case "clientRefused":
        return QUIET_REFUSALS.has(text("why"))
          ? undefined
          : { kind: "refusesClient", servers, why: text("why") };
      default:
        return undefined;
    }
  }

  #passOn(record: TraceRecord): void {
    const zxid = this.#zxids.get(record.cause);
    if (zxid !== undefined) this.#zxids.set(record.index, zxid);
  }

  /** A process has ended, and if it was a client's, its connection with it. */
  ended(process: number): void {
    this.#connected.delete(process);
  }

  /** Who is turned away before it has a session has lost nothing. */
  #loses(client: number, why: string): ServiceFact | undefined {
    const isTurnedAway = why === "closed" && !this.#connected.has(client);
    this.#connected.delete(client);
    return loss([client], isTurnedAway ? TURNED_AWAY : why);
  }

  #connects(record: TraceRecord): ServiceFact {
    const client = record.server ?? -1;
    this.#connected.add(client);
    const session = textIn(record, "session");
    const isAgain = this.#sessionOf.get(client) === session;
    this.#sessionOf.set(client, session);
    const host = textIn(record, "host");
    const before = this.#hostOf.get(client);
    this.#hostOf.set(client, host);
    return {
      kind: "connects",
      servers: [client],
      host,
      session,
      timeoutMs: numberIn(record, "timeOutMs"),
      isAgain,
      from: isAgain && before !== undefined && before !== host ? before : null,
    };
  }

  #completes(record: TraceRecord): ServiceFact {
    const client = record.server ?? -1;
    const err = numberIn(record, "err");
    const op = textIn(record, "op");
    const request = this.#cast.requestOf(client, numberIn(record, "token"));
    const outcome = request?.outcome;
    const zxid = WRITES.has(op) ? (this.#zxids.get(record.cause) ?? null) : null;
    return {
      kind: "completes",
      servers: [client],
      asked: request === undefined ? unknownRequest(op) : askedIn(request),
      error: outcome?.ok === false ? outcome.error.name : err === 0 ? null : errorName(err),
      failedAt: outcome === undefined ? null : (failedAt(outcome) ?? null),
      got: gotIn(request),
      found: op === "exists" && outcome?.ok === true ? outcome.value !== null : null,
      zxid,
    };
  }
}

/** Why connections end in the ordinary course of things, or as the client itself tells. */
const QUIET_REFUSALS: ReadonlySet<string> = new Set([
  "server is not running",
  "session closed",
  "client reconnected",
  "session is not valid",
]);

/** Told elsewhere: the client closed its session, or its session is found to be gone. */
const QUIET_LOSSES: ReadonlySet<string> = new Set(["sessionClosed", "expired", "authFailed"]);
const TURNED_AWAY = "turned away";
const DIAL_FAILURES: ReadonlySet<string> = new Set(["refused", "timeout", TURNED_AWAY]);

function loss(servers: number[], why: string): ServiceFact | undefined {
  if (QUIET_LOSSES.has(why)) return undefined;
  if (DIAL_FAILURES.has(why)) return { kind: "dialsInVain", servers, why, times: 1 };
  return { kind: "losesServer", servers, why };
}

function eventFact(record: TraceRecord, servers: number[]): ServiceFact | undefined {
  const event = textIn(record, "type");
  const state = textIn(record, "state");
  if (event !== "None") return { kind: "hears", servers, event, path: textIn(record, "path") };
  // That it is connected, or not, or has closed, is told by what led to it.
  return state === "Expired" || state === "AuthFailed"
    ? { kind: "isLost", servers, state }
    : undefined;
}

function askedIn({ op }: LoggedRequest): Asked {
  return {
    op: op.kind,
    path: "path" in op ? op.path : "",
    mode: "mode" in op && op.mode in CREATE_MODES ? op.mode : null,
    data: "data" in op && op.data !== null ? textOf(op.data) : null,
    version: "version" in op && op.version >= 0 ? op.version : null,
    watch: "watch" in op && op.watch !== undefined,
    operations: op.kind === "multi" ? op.ops.map(({ kind, path }) => ({ op: kind, path })) : [],
  };
}

function unknownRequest(op: string): Asked {
  return {
    op,
    path: "",
    mode: null,
    data: null,
    version: null,
    watch: false,
    operations: [],
  };
}

function gotIn(request: LoggedRequest | undefined): string | null | readonly string[] {
  return request === undefined || request.op.kind === "multi" ? null : (gotOf(request) ?? null);
}
