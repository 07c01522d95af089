import { formatSessionId } from "../../../core/ids.ts";
import type { Txn, TxnHeader } from "../../../core/tree/txn.ts";
import { epochOf, formatZxid } from "../../../core/zxid.ts";
import type { Case } from "./case.ts";
import type { Entry } from "./history.ts";
import { isSameTxn } from "./same-txn.ts";

/**
 * What servers deliver, from the moment when they begin to serve: there is one committed history, and each server has
 * a place in it. So one comparison a delivery stands for all pairs of servers.
 */
export class Delivering {
  readonly #case: Case;
  /** The last transaction that each serving server has delivered, or began to serve with. */
  readonly #places = new Map<number, Entry>();
  /** How far each server ever got. */
  readonly #reached = new Map<number, number>();

  constructor(of: Case) {
    this.#case = of;
  }

  isServing(server: number): boolean {
    return this.#places.has(server);
  }

  /** Its role has ended, or its process: what it applies from here on is nobody's delivery. */
  left(server: number): void {
    const place = this.#places.get(server);
    if (place === undefined) return;
    this.#reached.set(server, Math.max(place.rank, this.#reached.get(server) ?? 0));
    this.#places.delete(server);
  }

  serving(server: number, epoch: number, zxid: number): void {
    const { histories } = this.#case;
    const leadership = histories.leaderships.get(epoch);
    const name = formatZxid(zxid);
    if (leadership === undefined || !leadership.isEstablished) {
      const message = `${server} serves in epoch ${epoch}, and no quorum has the history of a leader of it`;
      this.#case.broken("commits have a quorum", [server], [zxid], message);
      return;
    }
    const place = histories.resolve(zxid);
    if (place === undefined || place.rank < 0) {
      const message = `${server} begins to serve at ${name}, which is not committed`;
      this.#case.broken("prefix", [server], [zxid], message);
      return;
    }
    const { init } = leadership;
    // An observer catches up only once it serves (Learner.syncWithLeader); a follower has logged and applied it before.
    if (place.rank < init.rank && this.#case.voters.includes(server)) {
      const message = `${server} begins to serve at ${name}, and lacks what the leader of epoch ${epoch} began with, up to ${formatZxid(init.zxid)}`;
      this.#case.broken("prefix", [server, leadership.leader], [zxid, init.zxid], message);
      return;
    }
    this.#places.set(server, place);
    this.#compareDigest(server, place);
    this.#noneOfClosed(server, place);
  }

  applied(server: number, header: TxnHeader, txn: Txn): void {
    const place = this.#places.get(server);
    if (place === undefined) return;
    const next = this.#case.histories.committed[place.rank + 1];
    if (
      next?.proposal !== undefined &&
      next.zxid === header.zxid &&
      isSameTxn(next.proposal, header, txn)
    ) {
      this.#places.set(server, next);
    } else {
      this.#wrongDelivery(server, place, header, txn);
    }
  }

  /** The tree has changed as the transaction says. */
  appliedDone(server: number): void {
    const place = this.#places.get(server);
    if (place?.proposal === undefined) return;
    this.#compareDigest(server, place);
    const { header, txn } = place.proposal;
    const { closed } = this.#case.histories;
    if (txn.kind === "closeSession") this.#noneOfClosed(server, place);
    if (!createsEphemeral(txn)) return;
    const end = closed.get(header.sessionId);
    if (end === undefined || end >= place.rank) return;
    this.#ephemeralOfClosed(server, place, formatSessionId(header.sessionId));
  }

  /** Why this is not what comes next in the committed history. */
  #wrongDelivery(server: number, place: Entry, header: TxnHeader, txn: Txn): void {
    const { histories } = this.#case;
    const { zxid } = header;
    const entry = histories.entry(zxid);
    const name = formatZxid(zxid);
    const broken = (property: Parameters<Case["broken"]>[0], other: Entry, message: string): void =>
      this.#case.broken(property, [server], [other.zxid, zxid], `${server} delivers ${message}`);
    if (entry?.proposal === undefined) {
      broken("integrity", place, `${name}, which nobody ever broadcast`);
      return;
    }
    if (!isSameTxn(entry.proposal, header, txn)) {
      broken("integrity", place, `another transaction as ${name} than the one that was broadcast`);
      return;
    }
    if (entry.rank >= 0 && entry.rank <= place.rank) {
      broken("integrity", place, `${name} a second time`);
      return;
    }
    const at = formatZxid(place.zxid);
    if (entry.rank < 0 && epochOf(zxid) < epochOf(place.zxid)) {
      broken("global primary order", place, `${name} behind ${at}, which a later leader broadcast`);
      return;
    }
    if (entry.rank < 0) {
      broken("agreement", place, `${name}, which nobody has committed`);
      return;
    }
    const missing = histories.committed[place.rank + 1] as Entry;
    const isOfOneLeader = epochOf(missing.zxid) === epochOf(zxid);
    broken(
      isOfOneLeader ? "local primary order" : "total order",
      missing,
      `${name} right behind ${at}, without ${formatZxid(missing.zxid)}`,
    );
  }

  /**
   * A server that starts may have read a snapshot that holds more than its log, which a crash has cut short: what was
   * applied and not yet forced. It is told of that again. A voter has it before it serves, an observer a little later.
   */
  #compareDigest(server: number, place: Entry): void {
    if (place.rank < (this.#reached.get(server) ?? 0)) return;
    const digest = this.#case.world.treeDigest(server);
    if (place.digest === undefined) {
      place.digest = digest;
      place.digestOf = server;
    } else if (place.digest !== digest) {
      this.#case.broken(
        "state determinism",
        [server, place.digestOf],
        [place.zxid],
        `${server} and ${place.digestOf} have different trees at ${formatZxid(place.zxid)}: ${digest.toString(16)} and ${place.digest.toString(16)}`,
      );
    }
  }

  #noneOfClosed(server: number, place: Entry): void {
    const { histories, world } = this.#case;
    if (histories.closed.size === 0) return;
    for (const session of world.sessionsWithEphemerals(server)) {
      const end = histories.closed.get(session);
      if (end !== undefined && end <= place.rank) {
        this.#ephemeralOfClosed(server, place, formatSessionId(session));
        return;
      }
    }
  }

  #ephemeralOfClosed(server: number, place: Entry, session: string): void {
    this.#case.broken(
      "ephemerals end with their session",
      [server],
      [place.zxid],
      `${server} has an ephemeral of the session ${session} at ${formatZxid(place.zxid)}, and that session is closed`,
    );
  }
}

function createsEphemeral(txn: Txn): boolean {
  if (txn.kind === "multi") return txn.txns.some(createsEphemeral);
  return txn.kind === "create" && txn.ephemeral;
}
