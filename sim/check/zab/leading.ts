import type { LogEntry } from "../../../core/server/service/service-port.ts";
import { counterOf, epochOf, formatZxid, MAX_COUNTER, type Zxid } from "../../../core/zxid.ts";
import { type Case, list } from "./case.ts";
import type { Entry, Leadership } from "./history.ts";
import { readDisk } from "./disk-history.ts";

/** What leaders do: they take an epoch, have their history acknowledged, broadcast and commit. */
export class Leading {
  readonly #case: Case;
  readonly #mayLeaveHoles: boolean;
  readonly #current = new Map<number, Leadership>();

  constructor(of: Case, mayLeaveHoles: boolean) {
    this.#case = of;
    this.#mayLeaveHoles = mayLeaveHoles;
  }

  /** Its role has ended, or its process. */
  left(server: number): void {
    this.#current.delete(server);
  }

  /** The new epoch is acknowledged: from here on the leader's history is what it has now. */
  epochAcknowledged(server: number, epoch: number): void {
    const { histories, world } = this.#case;
    const other = histories.leaderships.get(epoch);
    if (other !== undefined) {
      this.#twice(epoch, other.leader, server);
      return;
    }
    // A zxid that no history ends with says nothing; the disk does.
    const init =
      histories.resolve(world.lastProcessedZxid(server)) ??
      readDisk(histories, world.durableFiles(server)).last;
    this.#current.set(server, histories.lead(epoch, server, init));
  }

  /** A quorum has the leader's history, all of which is committed from now on. */
  established(server: number, epoch: number, quorum: readonly number[]): void {
    const { histories } = this.#case;
    const leadership = histories.leaderships.get(epoch);
    if (leadership === undefined || leadership.leader !== server || leadership.isEstablished) {
      this.#twice(epoch, leadership?.leader, server);
      return;
    }
    const given = quorum.filter((id) => id === server || leadership.acks.includes(id));
    if (!this.#case.isQuorum(given)) {
      this.#case.broken(
        "commits have a quorum",
        [server],
        [leadership.init.zxid],
        `${server} is established in epoch ${epoch} with ${list(quorum)}, and only ${list(given)} acknowledged its history`,
      );
      return;
    }
    if (this.#lacksCommitted(leadership)) return;
    leadership.isEstablished = true;
    this.#commitUpTo(leadership.init);
  }

  proposed(server: number, proposal: LogEntry): void {
    const { zxid } = proposal.header;
    const leadership = this.#current.get(server);
    if (leadership === undefined || !leadership.isEstablished) {
      this.#case.broken(
        "primary integrity",
        [server],
        [zxid],
        `${server} broadcasts ${formatZxid(zxid)} before a quorum has its history`,
      );
      return;
    }
    const { epoch, last } = leadership;
    const counter = counterOf(zxid);
    if (epochOf(zxid) !== epoch || counter === 0 || counter > MAX_COUNTER) {
      this.#case.broken(
        "legal messages",
        [server],
        [zxid],
        `${server} leads epoch ${epoch} and broadcasts ${formatZxid(zxid)}, which is no transaction of it`,
      );
      return;
    }
    const isFirst = last === leadership.init;
    const follows =
      isFirst || (this.#mayLeaveHoles ? zxid > last.zxid : zxid === ((last.zxid + 1) as Zxid));
    if (!follows) {
      this.#case.broken(
        "legal messages",
        [server],
        [last.zxid, zxid],
        `${server} broadcasts ${formatZxid(zxid)} behind ${formatZxid(last.zxid)}`,
      );
      return;
    }
    this.#case.histories.propose(leadership, proposal);
  }

  committed(server: number, zxid: number, quorum: readonly number[]): void {
    const { histories } = this.#case;
    const entry = histories.entry(zxid);
    if (entry === undefined) {
      this.#case.broken(
        "integrity",
        [server],
        [zxid],
        `${server} commits ${formatZxid(zxid)}, which nobody ever broadcast`,
      );
      return;
    }
    const given = quorum.filter((id) => entry.acks.includes(id));
    if (!this.#case.isQuorum(given)) {
      this.#case.broken(
        "commits have a quorum",
        [server],
        [zxid],
        `${server} commits ${formatZxid(zxid)} with ${list(quorum)}, and only ${list(given)} acknowledged it`,
      );
      return;
    }
    // A leader of before may learn late that it was a quorum; who came after it has committed it then.
    if (entry.rank < 0 && this.#isNext(server, entry)) histories.commit(entry);
  }

  #isNext(server: number, entry: Entry): boolean {
    const { lastCommitted } = this.#case.histories;
    if (entry.prev === lastCommitted) return true;
    const name = formatZxid(entry.zxid);
    if (epochOf(lastCommitted.zxid) > epochOf(entry.zxid)) {
      this.#case.broken(
        "committed stays",
        [server],
        [entry.zxid, lastCommitted.zxid],
        `${server} commits ${name}, and it is not in the history of the later leader that committed ${formatZxid(lastCommitted.zxid)}`,
      );
    } else {
      const before = entry.prev?.zxid ?? 0;
      this.#case.broken(
        "local primary order",
        [server],
        [before, entry.zxid],
        `${server} commits ${name} before ${formatZxid(before)}, which it broadcast earlier`,
      );
    }
    return false;
  }

  /**
   * All that earlier leaders have committed has to be in it. What later ones have need not: a leader may learn of its
   * quorum when that has gone on to another, which then began with all of this history.
   */
  #lacksCommitted({ epoch, leader, init }: Leadership): boolean {
    const { histories } = this.#case;
    const earlier = histories.committed.findLast(({ zxid }) => epochOf(zxid) < epoch) as Entry;
    const goesOn = init.rank >= 0 || histories.contains(init, histories.lastCommitted);
    if (goesOn && histories.contains(init, earlier)) return false;
    const lost = histories.committed[histories.committedIn(init).rank + 1] as Entry;
    this.#case.broken(
      "committed stays",
      [leader],
      [lost.zxid, init.zxid],
      `${leader} is established in epoch ${epoch} with a history up to ${formatZxid(init.zxid)}, and lacks ${formatZxid(lost.zxid)}, which is committed`,
    );
    return true;
  }

  #commitUpTo(last: Entry): void {
    const { histories } = this.#case;
    const fresh: Entry[] = [];
    for (let at: Entry | undefined = last; at !== undefined && at.rank < 0; at = at.prev) {
      fresh.push(at);
    }
    for (const entry of fresh.reverse()) histories.commit(entry);
  }

  #twice(epoch: number, before: number | undefined, server: number): void {
    const message =
      before === undefined
        ? `${server} leads epoch ${epoch}, which no quorum has acknowledged`
        : `${server} leads epoch ${epoch}, and ${before} has led it before`;
    const servers = before === undefined || before === server ? [server] : [before, server];
    this.#case.broken("one leader an epoch", servers, [], message);
  }
}
