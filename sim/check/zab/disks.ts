import type { EpochFile } from "../../../core/server/port.ts";
import { epochOf, formatZxid, type Zxid } from "../../../core/zxid.ts";
import { type Case, list } from "./case.ts";
import { type DiskHistory, readDisk } from "./disk-history.ts";
import type { Entry } from "./history.ts";

/**
 * What servers have on their disks: their two epochs, and what they have acknowledged. Log and snapshots are read only
 * when a history is acknowledged, when a disk may have lost something, and at the end.
 */
export class Disks {
  readonly #case: Case;
  /** The highest value that was ever on the disk. */
  readonly #epochs = {
    acceptedEpoch: new Map<number, number>(),
    currentEpoch: new Map<number, number>(),
  };
  /** The end of what each server's disk holds for certain. */
  readonly #ends = new Map<number, Entry>();

  constructor(of: Case) {
    this.#case = of;
  }

  epochWritten(server: number, file: EpochFile, value: number): void {
    const before = this.#epochs[file].get(server) ?? 0;
    if (value < before) {
      const message = `${server} has written ${value} as its ${file}, which was ${before}`;
      this.#case.broken("epochs rise", [server], [], message);
      return;
    }
    this.#epochs[file].set(server, value);
    const accepted = this.#case.world.acceptedEpoch(server);
    if (file === "currentEpoch" && value > accepted) {
      const message = `${server} has written ${value} as its currentEpoch, and has accepted no epoch above ${accepted}`;
      this.#case.broken("epochs rise", [server], [], message);
    }
  }

  booted(server: number): void {
    const { world } = this.#case;
    // First the one that may be the higher, so that the other is compared with what is there now.
    this.epochWritten(server, "acceptedEpoch", world.acceptedEpoch(server));
    this.epochWritten(server, "currentEpoch", world.currentEpoch(server));
  }

  /** A new machine has promised nothing. */
  wiped(server: number): void {
    this.#epochs.acceptedEpoch.delete(server);
    this.#epochs.currentEpoch.delete(server);
    this.shrunk(server);
  }

  acknowledged(server: number, zxid: Zxid): void {
    const { histories, world } = this.#case;
    const entry = histories.entry(zxid);
    if (entry === undefined) {
      const message = `${server} acknowledges ${formatZxid(zxid)}, which nobody ever broadcast`;
      this.#case.broken("honest acknowledgements", [server], [zxid], message);
      return;
    }
    if (!entry.acks.includes(server)) entry.acks.push(server);
    this.#ends.set(server, entry);
    const forced = world.lastForcedZxid(server);
    if (forced < zxid) {
      const message = `${server} acknowledges ${formatZxid(zxid)}, and its log is on disk only up to ${formatZxid(forced)}`;
      this.#case.broken("honest acknowledgements", [server], [forced, zxid], message);
      return;
    }
    this.#checkEpoch(server, zxid);
  }

  /** A leader's disk has to hold what it will call its history. */
  epochAcknowledged(server: number, epoch: number): void {
    const { last } = this.#inspect(server);
    const leadership = this.#case.histories.leaderships.get(epoch);
    if (leadership === undefined) return;
    this.#ends.set(server, last);
    this.#checkHistory(server, last, leadership.init, epoch);
  }

  newLeaderAcknowledged(server: number, epoch: number): void {
    const { histories, voters, world } = this.#case;
    const leadership = histories.leaderships.get(epoch);
    if (leadership === undefined) {
      const message = `${server} acknowledges the history of epoch ${epoch}, which nobody leads`;
      this.#case.broken("legal messages", [server], [], message);
      return;
    }
    const { last } = this.#inspect(server);
    // An observer may write its log later: nobody counts on it.
    if (!voters.includes(server)) return;
    if (!leadership.acks.includes(server)) leadership.acks.push(server);
    this.#ends.set(server, last);
    const current = world.currentEpoch(server);
    if (current !== epoch) {
      const message = `${server} acknowledges the history of epoch ${epoch} with ${current} as its currentEpoch on disk`;
      this.#case.broken("honest acknowledgements", [server], [], message);
      return;
    }
    this.#checkHistory(server, last, leadership.init, epoch);
    this.#checkEpoch(server, last.zxid);
  }

  /** A crash or a truncation may have taken something off the disk. */
  shrunk(server: number): void {
    this.#ends.set(server, this.#read(server).last);
    this.#everyQuorumHoldsCommitted();
  }

  /** More is committed now than before. */
  established(): void {
    this.#everyQuorumHoldsCommitted();
  }

  /** At the end of a run: the disk of a server that serves is in order. */
  settled(server: number): void {
    this.#inspect(server);
  }

  #read(server: number): DiskHistory {
    return readDisk(this.#case.histories, this.#case.world.durableFiles(server));
  }

  /** What the disk holds; whatever is wrong with it is told. */
  #inspect(server: number): DiskHistory {
    const disk = this.#read(server);
    const { problem } = disk;
    if (problem !== undefined) {
      this.#case.broken(problem.property, [server], problem.zxids, `${server} ${problem.message}`);
    }
    return disk;
  }

  /** A disk whose history ends with `last` has all of a leader's, and nothing besides but its transactions. */
  #checkHistory(server: number, last: Entry, init: Entry, epoch: number): void {
    const { histories } = this.#case;
    const [end, needed] = [formatZxid(last.zxid), formatZxid(init.zxid)];
    const claim = `${server} acknowledges the history of epoch ${epoch} up to ${needed}`;
    const zxids = [last.zxid, init.zxid];
    if (histories.contains(last, init)) {
      if (last === init || epochOf(last.zxid) === epoch) return;
      this.#case.broken("prefix", [server], zxids, `${claim}, and has ${end} on its disk besides`);
    } else if (histories.contains(init, last)) {
      const message = `${claim}, and its disk has it only up to ${end}`;
      this.#case.broken("honest acknowledgements", [server], zxids, message);
    } else {
      const message = `${claim}, and its disk has another one, up to ${end}`;
      this.#case.broken("prefix", [server], zxids, message);
    }
  }

  #checkEpoch(server: number, zxid: Zxid): void {
    const current = this.#case.world.currentEpoch(server);
    if (epochOf(zxid) <= current) return;
    const message = `${server} has ${formatZxid(zxid)} in its log, and ${current} as its currentEpoch`;
    this.#case.broken("epochs rise", [server], [zxid], message);
  }

  /**
   * Each disk holds a beginning of the committed history, so those that lack a transaction lack all that follow. None
   * is lost as long as those that lack it are no quorum.
   */
  #everyQuorumHoldsCommitted(): void {
    if (this.#firstLost() === undefined) return;
    // What is known for certain may be less than what is there.
    for (const voter of this.#case.voters) this.#ends.set(voter, this.#read(voter).last);
    const lost = this.#firstLost();
    if (lost === undefined) return;
    const lacking = this.#lacking(lost.rank);
    this.#case.broken(
      "committed stays",
      lacking,
      [lost.zxid],
      `${formatZxid(lost.zxid)} is committed, and ${list(lacking)}, a quorum, lack it on their disks`,
    );
  }

  #firstLost(): Entry | undefined {
    const { histories, voters, isQuorum } = this.#case;
    const ranks = voters.map((voter) => this.#rank(voter)).sort((a, b) => a - b);
    for (const rank of ranks) {
      const next = histories.committed[rank + 1];
      if (next !== undefined && isQuorum(this.#lacking(next.rank))) return next;
    }
    return undefined;
  }

  #lacking(rank: number): number[] {
    return this.#case.voters.filter((voter) => this.#rank(voter) < rank);
  }

  /** How much of the committed history the server's disk holds. */
  #rank(server: number): number {
    const { histories } = this.#case;
    const end = this.#ends.get(server);
    return end === undefined ? 0 : histories.committedIn(end).rank;
  }
}
