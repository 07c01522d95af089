import type { SessionId } from "../../../core/ids.ts";
import type { LogEntry } from "../../../core/server/service/service-port.ts";
import { epochOf, isPhantom, type Zxid, ZERO_ZXID } from "../../../core/zxid.ts";

/**
 * All transactions that were ever broadcast, as a tree: each knows the one before it in the history of the leader that
 * broadcast it. So a zxid names a whole history (that is what Zab is about), and the committed history is one path
 * through the tree, along which every server that serves has a place.
 */
export interface Entry {
  readonly zxid: Zxid;
  /** Undefined for the beginning, before any transaction. */
  readonly proposal: LogEntry | undefined;
  readonly prev: Entry | undefined;
  /** Place in the committed history; −1 for what is not committed. */
  rank: number;
  /** Servers that have acknowledged it. */
  readonly acks: number[];
  /** Of the tree after it, as the first server had it that got there. */
  digest: number | undefined;
  digestOf: number;
}

/** One server's time as the leader of one epoch, from the quorum that acknowledged the epoch on. */
export interface Leadership {
  readonly epoch: number;
  readonly leader: number;
  /** The end of the history that it began with. */
  readonly init: Entry;
  /** The last that it broadcast, or the end of that history. */
  last: Entry;
  /** Servers that have acknowledged that history. */
  readonly acks: number[];
  isEstablished: boolean;
}

export class Histories {
  /** The path of the committed ones, from the beginning. */
  readonly committed: Entry[] = [];
  readonly leaderships = new Map<number, Leadership>();
  /** Sessions that are closed, with the rank of their closeSession. */
  readonly closed = new Map<SessionId, number>();
  readonly #entries = new Map<number, Entry>();
  /** The end of what was there before the run, and the first epoch of the run. */
  readonly #before: Entry;
  #firstEpoch = Number.POSITIVE_INFINITY;

  /** @param before what disks hold of earlier runs, committed or not: each holds a beginning of it. */
  constructor(before: readonly LogEntry[]) {
    let last = newEntry(ZERO_ZXID, undefined, undefined);
    last.rank = 0;
    this.committed.push(last);
    for (const entry of before) {
      const epoch = epochOf(entry.header.zxid);
      if (!this.leaderships.has(epoch)) this.lead(epoch, -1, last).isEstablished = true;
      last = this.propose(this.leaderships.get(epoch) as Leadership, entry);
    }
    this.#before = last;
    this.#firstEpoch = Number.POSITIVE_INFINITY;
  }

  get lastCommitted(): Entry {
    return this.committed.at(-1) as Entry;
  }

  /** The last transaction of the history that a zxid names; undefined if no history is known that ends with it. */
  resolve(zxid: number): Entry | undefined {
    if (zxid === ZERO_ZXID) return this.committed[0];
    if (!isPhantom(zxid as Zxid)) return this.#entries.get(zxid);
    const epoch = epochOf(zxid as Zxid);
    const leadership = this.leaderships.get(epoch);
    if (leadership !== undefined) return leadership.init;
    return epoch < this.#firstEpoch ? this.#before : undefined;
  }

  /** Only a transaction, with exactly that zxid. */
  entry(zxid: number): Entry | undefined {
    return this.#entries.get(zxid);
  }

  lead(epoch: number, leader: number, init: Entry): Leadership {
    const leadership = { epoch, leader, init, last: init, acks: [], isEstablished: false };
    this.leaderships.set(epoch, leadership);
    this.#firstEpoch = Math.min(this.#firstEpoch, epoch);
    return leadership;
  }

  propose(leadership: Leadership, proposal: LogEntry): Entry {
    const entry = newEntry(proposal.header.zxid, proposal, leadership.last);
    leadership.last = entry;
    this.#entries.set(entry.zxid, entry);
    return entry;
  }

  /** It has to be the one behind the last committed. */
  commit(entry: Entry): void {
    entry.rank = this.committed.length;
    this.committed.push(entry);
    const { proposal } = entry;
    if (proposal?.txn.kind === "closeSession") {
      this.closed.set(proposal.header.sessionId, entry.rank);
    }
  }

  /** The last committed transaction in the history that ends with `entry`. */
  committedIn(entry: Entry): Entry {
    let at = entry;
    while (at.rank < 0) at = at.prev as Entry;
    return at;
  }

  /** Whether the history that ends with `end` has `entry` in it. */
  contains(end: Entry, entry: Entry): boolean {
    let at = end;
    while (at.rank < 0 && at.zxid > entry.zxid) at = at.prev as Entry;
    return at === entry || (at.rank >= 0 && entry.rank >= 0 && entry.rank <= at.rank);
  }
}

function newEntry(zxid: Zxid, proposal: LogEntry | undefined, prev: Entry | undefined): Entry {
  return { zxid, proposal, prev, rank: -1, acks: [], digest: undefined, digestOf: -1 };
}
