import type { TraceRecord } from "../../sim/kernel/trace.ts";
import { numberIn, serverIn, serversIn, textIn } from "./read-record.ts";
import type { OfSession, Requested, Since, ZabFact } from "./zab-fact.ts";

/**
 * Reads the steps of a write off records. Which client's request it is stands in the record of the request's message,
 * from which causes lead to the others; so some are remembered.
 */
export class ZabStory {
  /** What was asked for, by the record of a message, or of its arrival. */
  readonly #requests = new Map<number, Requested>();
  /** Transactions that make and end sessions: who connects, and whose session ends, is told elsewhere. */
  readonly #untold = new Map<number, OfSession>();
  /** When servers looked again that had a leader, or led, before; as long as they don't serve. */
  readonly #left = new Map<number, number>();

  factOf(record: TraceRecord): ZabFact | undefined {
    const servers = [record.server ?? -1];
    switch (record.kind) {
      case "request":
        this.#requests.set(record.index, {
          client: record.server ?? null,
          op: textIn(record, "op"),
          path: textIn(record, "path"),
        });
        return undefined;
      case "connectRequest":
        this.#requests.set(record.index, {
          client: record.server ?? null,
          op: CONNECT,
          path: "",
        });
        return undefined;
      case "received":
        this.#passOn(record);
        return undefined;
      case "packet": {
        const type = textIn(record, "type");
        if (type === "SYNC") {
          return { kind: "answersSync", servers, learner: serverIn(record, "to") };
        }
        if (type !== "REQUEST") return undefined;
        const request = this.#passOn(record);
        if (request === undefined || request.op === CONNECT) return undefined;
        return { kind: "forwards", servers, leader: serverIn(record, "to"), request };
      }
      case "proposed": {
        const zxid = numberIn(record, "zxid");
        const txn = textIn(record, "txn");
        if (OF_SESSIONS.has(txn)) {
          const client = this.#requests.get(record.cause)?.client ?? null;
          this.#untold.set(zxid, { txn, client });
          return undefined;
        }
        const request = this.#requests.get(record.cause) ?? null;
        return { kind: "proposes", servers, zxid, txn, request };
      }
      case "acknowledged": {
        const zxid = numberIn(record, "zxid");
        return this.#untold.has(zxid)
          ? undefined
          : { kind: "acknowledges", servers, zxid, untilUs: null };
      }
      default:
        return undefined;
    }
  }

  /** The session that this transaction makes or ends. */
  ofSession(zxid: number): OfSession | undefined {
    return this.#untold.get(zxid);
  }

  /** Of an ensemble's server; a standalone one is told of by what its clients get. */
  applied(record: TraceRecord): ZabFact | undefined {
    const zxid = numberIn(record, "zxid");
    if (this.#untold.has(zxid)) return undefined;
    return { kind: "applies", servers: [record.server ?? -1], zxid, untilUs: null };
  }

  /** How long nobody led, when somebody does again; undefined where nobody of its quorum had a leader before. */
  sinceLeft(record: TraceRecord): Since | undefined {
    const server = record.server ?? -1;
    switch (record.kind) {
      case "roleLeft":
        if (textIn(record, "state") !== "OBSERVING") this.#left.set(server, record.time);
        return undefined;
      case "crash":
      case "serving":
        this.#left.delete(server);
        return undefined;
      case "established": {
        let first: Since | undefined;
        for (const id of serversIn(record, "quorum")) {
          const us = record.time - (this.#left.get(id) ?? record.time);
          if (us > (first?.us ?? 0)) first = { server: id, us };
        }
        return first;
      }
      default:
        return undefined;
    }
  }

  #passOn(record: TraceRecord): Requested | undefined {
    const request = this.#requests.get(record.cause);
    if (request !== undefined) this.#requests.set(record.index, request);
    return request;
  }
}

const CONNECT = "connect";

const OF_SESSIONS: ReadonlySet<string> = new Set(["createSession", "closeSession"]);
