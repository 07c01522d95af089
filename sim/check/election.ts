import type { Trace, TraceRecord } from "../kernel/trace.ts";

/**
 * What must hold of every election, judged from outside: by what the trace says was sent, received and decided, and
 * with an order of votes and a count of quorums of its own. It shares nothing with the code that it judges.
 */

/** A property that a run broke. */
export interface Violation {
  readonly property: ElectionProperty;
  /** Index of the record that broke it. */
  readonly record: number;
  /** Virtual microseconds. */
  readonly time: number;
  readonly servers: readonly number[];
  readonly message: string;
}

export type ElectionProperty =
  /** Whoever decides by votes had heard a quorum vote, in its round, for exactly that leader. */
  | "votes of a quorum"
  /** Whoever joins a leader had heard a quorum name it, and the leader say that it leads. */
  | "joins what a quorum follows"
  /** Nobody in the quorum that elected a leader has more to offer than the leader (S15). */
  | "greatest of its quorum"
  /** No two servers have a quorum following them at one instant. */
  | "one followed leader"
  /** Within one round, a server's votes only get better (ZOOKEEPER-1419). */
  | "votes rise within a round"
  /** acceptedEpoch on disk never falls (S11). */
  | "promises are kept";

/** Which sets of servers are a quorum. */
export type IsQuorum = (servers: readonly number[]) => boolean;

export function majorityOf(voters: readonly number[]): IsQuorum {
  return (servers) => servers.filter((id) => voters.includes(id)).length * 2 > voters.length;
}

interface Ballot {
  readonly leader: number | null;
  readonly zxid: number;
  readonly peerEpoch: number;
}

interface Heard extends Ballot {
  readonly state: string;
  readonly round: number;
  /** What the sender itself had to offer when it sent this. It may have more by now, from a leader since. */
  readonly own: Ballot | undefined;
}

/** A server's own vote when an election of its began. */
interface Offer {
  /** Index of the record. */
  readonly record: number;
  readonly own: Ballot;
}

/** What is known of one server, from the records so far. */
interface Known {
  /** One for each of its elections. */
  readonly offers: Offer[];
  vote: Ballot | undefined;
  round: number;
  /** What it received from each server since it turned LOOKING. */
  heard: Map<number, Heard[]>;
  follows: number | undefined;
  acceptedEpoch: number;
}

/** The kinds of record that say something about an election. */
const READ: ReadonlySet<string> = new Set([
  "boot",
  "written",
  "crash",
  "wiped",
  "roleLeft",
  "looking",
  "received",
  "voteChanged",
  "elected",
  "following",
  "leading",
]);

function isNotification(trace: Trace, record: number): boolean {
  return record >= 0 && trace.kindOf(record) === "notification";
}

/** Reads a run's records one by one and notes what breaks a property. */
export class ElectionChecker {
  readonly violations: Violation[] = [];
  readonly #isQuorum: IsQuorum;
  readonly #trace: Trace;
  /** Records that have been read. */
  #read = 0;
  readonly #servers = new Map<number, Known>();

  /** @param trace has to be kept. */
  constructor(isQuorum: IsQuorum, trace: Trace) {
    this.#isQuorum = isQuorum;
    this.#trace = trace;
  }

  /** Whom each server follows, itself if it leads, as far as the records tell. */
  follows(server: number): number | undefined {
    return this.#servers.get(server)?.follows;
  }

  /** Reads what has been recorded since the last time. Of most records nothing is asked, and so no object is made. */
  readOn(): void {
    const trace = this.#trace;
    for (; this.#read < trace.count; this.#read++) {
      const kind = trace.kindOf(this.#read);
      if (!READ.has(kind)) continue;
      if (kind === "received" && !isNotification(trace, trace.causeOf(this.#read))) continue;
      this.#judge(trace.record(this.#read));
    }
  }

  #judge(record: TraceRecord): void {
    const { server } = record;
    if (server === undefined) return;
    const known = this.#known(server);
    const { fields } = record;
    switch (record.kind) {
      case "boot":
        known.follows = undefined;
        known.heard = new Map();
        this.#promised(record, known, Number(fields["acceptedEpoch"]));
        break;
      case "written":
        if (fields["file"] === "acceptedEpoch") {
          this.#promised(record, known, Number(fields["value"]));
        }
        break;
      case "crash":
        known.follows = undefined;
        break;
      case "wiped":
        // A new machine with the same id: it has promised nothing.
        known.acceptedEpoch = 0;
        break;
      case "roleLeft":
        // From here on the server is LOOKING, and what it hears counts, even before its election begins.
        known.follows = undefined;
        known.heard = new Map();
        break;
      case "looking":
        known.vote = { leader: server, ...ballotOf(fields) };
        known.offers.push({ record: record.index, own: known.vote });
        known.round = Number(fields["round"]);
        break;
      case "received":
        this.#received(record, known);
        break;
      case "voteChanged":
        this.#voteChanged(record, known);
        break;
      case "elected":
        this.#elected(record, known);
        break;
      case "following":
        known.follows = Number(fields["leader"]);
        this.#oneFollowedLeader(record);
        break;
      case "leading":
        known.follows = server;
        this.#oneFollowedLeader(record);
        break;
    }
  }

  #received(record: TraceRecord, known: Known): void {
    if (record.cause < 0) return;
    const sent = this.#trace.record(record.cause);
    if (sent.kind !== "notification" || sent.server === undefined) return;
    const heard = known.heard.get(sent.server) ?? [];
    const { offers } = this.#known(sent.server);
    heard.push({
      leader: sent.fields["leader"] as number | null,
      ...ballotOf(sent.fields),
      state: String(sent.fields["state"]),
      round: Number(sent.fields["round"]),
      own: offers.findLast((offer) => offer.record < sent.index)?.own,
    });
    known.heard.set(sent.server, heard);
  }

  #voteChanged(record: TraceRecord, known: Known): void {
    const vote: Ballot = {
      leader: record.fields["leader"] as number | null,
      ...ballotOf(record.fields),
    };
    const round = Number(record.fields["round"]);
    if (round === known.round && known.vote !== undefined && compare(vote, known.vote) <= 0) {
      this.#broken(
        "votes rise within a round",
        record,
        [record.server as number],
        [`changed its vote in round ${round} from ${show(known.vote)} to ${show(vote)}`],
      );
    }
    known.vote = vote;
    known.round = round;
  }

  #elected(record: TraceRecord, known: Known): void {
    const { fields } = record;
    const server = record.server as number;
    const leader = Number(fields["leader"]);
    const vote: Ballot = { leader, ...ballotOf(fields) };
    const round = Number(fields["round"]);
    if (fields["how"] === "votes") {
      const names = (h: Heard): boolean => h.round === round && compare(h, vote) === 0;
      const supporters = heardFrom(known, names);
      if (!this.#isQuorum(supporters)) {
        this.#broken(
          "votes of a quorum",
          record,
          [server, leader],
          [
            `decided for ${show(vote)} in round ${round} and had heard only ${list(supporters)}`,
            "vote for it",
          ],
        );
      }
      // Who follows already may have joined late with more to offer, unchecked; who looks has compared. An observer is
      // answered with the vote of the election before, whoever looks, and elects nobody by it.
      if (fields["state"] !== "OBSERVING") {
        this.#greatest(record, vote, known, (h) => h.state === "LOOKING" && names(h));
      }
    } else {
      const supporters = heardFrom(known, (h) => h.leader === leader);
      const leads =
        leader === server || (known.heard.get(leader) ?? []).some((h) => h.state === "LEADING");
      if (!this.#isQuorum(supporters) || !leads) {
        this.#broken(
          "joins what a quorum follows",
          record,
          [server, leader],
          [
            `joined ${leader} and had heard only ${list(supporters)} name it`,
            leads ? "" : "and never itself say that it leads",
          ],
        );
      }
    }
  }

  #greatest(
    record: TraceRecord,
    vote: Ballot,
    known: Known,
    supports: (heard: Heard) => boolean,
  ): void {
    for (const [supporter, heard] of known.heard) {
      const more = heard.find(
        (h) => supports(h) && h.own !== undefined && compare(h.own, vote) > 0,
      );
      if (more?.own !== undefined) {
        this.#broken(
          "greatest of its quorum",
          record,
          [record.server as number, supporter],
          [`${supporter} has ${show(more.own)} to offer, and still counts for ${show(vote)}`],
        );
      }
    }
  }

  #oneFollowedLeader(record: TraceRecord): void {
    const followers = new Map<number, number[]>();
    for (const [server, { follows }] of this.#servers) {
      if (follows === undefined) continue;
      followers.set(follows, [...(followers.get(follows) ?? []), server]);
    }
    const followed = [...followers]
      .filter(([, of]) => this.#isQuorum(of))
      .map(([leader]) => leader);
    if (followed.length > 1) {
      this.#broken("one followed leader", record, followed, [
        `${list(followed)} each have a quorum following`,
      ]);
    }
  }

  #promised(record: TraceRecord, known: Known, epoch: number): void {
    if (epoch < known.acceptedEpoch) {
      this.#broken(
        "promises are kept",
        record,
        [record.server as number],
        [`promised epoch ${known.acceptedEpoch}, and now has ${epoch} on disk`],
      );
    }
    known.acceptedEpoch = epoch;
  }

  #broken(
    property: ElectionProperty,
    record: TraceRecord,
    servers: readonly number[],
    words: readonly string[],
  ): void {
    const message = `server ${record.server} ${words.filter((word) => word !== "").join(" ")}`;
    this.violations.push({ property, record: record.index, time: record.time, servers, message });
  }

  #known(server: number): Known {
    let known = this.#servers.get(server);
    if (known === undefined) {
      known = {
        offers: [],
        vote: undefined,
        round: 0,
        heard: new Map(),
        follows: undefined,
        acceptedEpoch: 0,
      };
      this.#servers.set(server, known);
    }
    return known;
  }
}

function heardFrom(known: Known, fits: (heard: Heard) => boolean): number[] {
  return [...known.heard].filter(([, heard]) => heard.some(fits)).map(([server]) => server);
}

function ballotOf(fields: TraceRecord["fields"]): { zxid: number; peerEpoch: number } {
  return { zxid: Number(fields["zxid"]), peerEpoch: Number(fields["peerEpoch"]) };
}

/** The order of votes, field by field. */
function compare(a: Ballot, b: Ballot): number {
  return a.peerEpoch - b.peerEpoch || a.zxid - b.zxid || (a.leader ?? -1) - (b.leader ?? -1);
}

function show(ballot: Ballot): string {
  return `${ballot.leader} (epoch ${ballot.peerEpoch}, zxid 0x${ballot.zxid.toString(16)})`;
}

function list(servers: readonly number[]): string {
  return servers.length === 0 ? "nobody" : servers.join(", ");
}
