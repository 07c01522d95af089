import { formatZxid, type Zxid } from "../../core/zxid.ts";
import type { TraceRecord } from "../../sim/kernel/trace.ts";
import type { World } from "../../sim/world.ts";
import {
  type LearnerFact,
  type Observed,
  type ObservedServer,
  type Phase,
  possible,
  type Recorded,
  type RecordedVote,
} from "./ensemble-case.ts";

/** What is said of each difference between a recorded ensemble and the simulated one. */

export function compareZxid(
  what: string,
  zxid: Zxid | undefined,
  recorded: Recorded<string> | undefined,
): string | undefined {
  if (recorded === undefined) return undefined;
  const found = zxid === undefined ? "none" : formatZxid(zxid);
  return possible(recorded).includes(found)
    ? undefined
    : `the zxid of the ${what} is ${found}, recorded ${possible(recorded).join(" or ")}`;
}

/** Once an ensemble has settled: who leads, and what each server has. */
export function compareSettled(world: World, observed: Observed): string[] {
  const differences: string[] = [];
  const leader = world.leader?.id ?? null;
  const recorded = observed.leader ?? null;
  if (leader !== recorded) differences.push(`settled on leader ${leader}, recorded ${recorded}`);
  for (const [id, server] of Object.entries(observed.servers ?? {})) {
    differences.push(...compareServer(world, Number(id), server));
  }
  return differences;
}

/** A file that is not there reads null in the recording; here a disk without one is at epoch 0. */
function compareServer(world: World, id: number, recorded: ObservedServer): string[] {
  const view = world.view(id);
  const process = world.process(id);
  if (view === undefined || process === undefined) return [`there is no server ${id}`];
  const differences: string[] = [];
  const compare = (what: string, found: unknown, values: readonly unknown[]): void => {
    if (!values.includes(found)) {
      differences.push(`${id} has ${what} ${String(found)}, recorded ${values.join(" or ")}`);
    }
  };
  compare("mode", modeOf(view), possible(recorded.mode));
  if (recorded.zxid !== undefined) compare("zxid", formatZxid(view.zxid), possible(recorded.zxid));
  if (recorded.nodeCount !== undefined) {
    compare("nodes", process.peer?.database.tree.nodes.size, possible(recorded.nodeCount));
  }
  const epochs = (values: readonly (number | null)[]): readonly number[] =>
    values.map((value) => value ?? 0);
  compare("currentEpoch", view.currentEpoch, epochs(possible(recorded.currentEpoch)));
  compare("acceptedEpoch", view.acceptedEpoch, epochs(possible(recorded.acceptedEpoch)));
  return differences;
}

function modeOf({ process, serving, state }: NonNullable<ReturnType<World["view"]>>): string {
  if (process === "down") return "down";
  if (!serving) return "not serving";
  return state === "LEADING" ? "leader" : state === "OBSERVING" ? "observer" : "follower";
}

/** The vote of each server that it would repeat now. */
export type CurrentVotes = Map<number, RecordedVote>;

/** What the records of one phase say, against what the servers' logs said. */
export function comparePhase(
  phase: Phase,
  records: readonly TraceRecord[],
  ids: readonly number[],
  observers: readonly number[],
  current: CurrentVotes,
): string[] {
  const votes = ownVotes(records, observers, current);
  return [
    ...compareElected(phase, records),
    ...ids.flatMap((id) => compareVotes(phase, id, votes.get(id) ?? [])),
    ...compareSync(phase, records),
    ...compareQuorum(phase, records),
    ...compareLearners(phase, records),
  ];
}

function compareElected(phase: Phase, records: readonly TraceRecord[]): string[] {
  const elected = records
    .filter((r) => r.kind === "elected" && r.fields["state"] === "LEADING")
    .map((r) => r.server);
  const expected = phase.elected === undefined ? [] : [phase.elected];
  if (elected.join() === expected.join()) return [];
  return [`elected ${elected.join(" then ") || "nobody"}, recorded ${phase.elected ?? "nobody"}`];
}

function compareVotes(phase: Phase, id: number, votes: readonly RecordedVote[]): string[] {
  // Where a repetition saw no vote of its own, the last one is null, and the sequences leave that out.
  const isSilent = possible(phase.finalVote?.[id] ?? null).includes(null);
  const sequences = [...(phase.voteSequences?.[id] ?? []), ...(isSilent ? [[]] : [])];
  const own = showVotes(votes);
  if (sequences.some((sequence) => showVotes(sequence) === own)) return [];
  const recorded = sequences.map(showVotes).join(" or ");
  return [`${id} votes ${own}, recorded ${recorded}`];
}

function compareSync(phase: Phase, records: readonly TraceRecord[]): string[] {
  const found = new Map<number, string[]>();
  for (const { kind, server, fields } of records) {
    if (kind !== "synchronizing" || server === undefined) continue;
    const kinds = found.get(server) ?? [];
    kinds.push(`${String(fields["mode"])} ${formatZxid(Number(fields["zxid"]))}`);
    found.set(server, kinds);
  }
  const ids = new Set([...found.keys(), ...Object.keys(phase.sync ?? {}).map(Number)]);
  return [...ids].flatMap((id) => {
    const recorded = phase.sync?.[id];
    const values = recorded === undefined ? [""] : possible(recorded).map((kinds) => kinds.join());
    const own = (found.get(id) ?? []).join();
    if (values.includes(own)) return [];
    return [
      `${id} was synchronised by ${own || "nothing"}, recorded ${values.join(" or ") || "nothing"}`,
    ];
  });
}

function compareQuorum(phase: Phase, records: readonly TraceRecord[]): string[] {
  if (phase.quorum === undefined) return [];
  const established = records.find((record) => record.kind === "established");
  if (established === undefined) return ["nobody came to serve"];
  const members = established.fields["quorum"] as readonly number[];
  const sids = [...members].sort((a, b) => a - b).join(", ");
  const serving = records.find((r) => r.kind === "serving" && r.server === established.server);
  const zxid = formatZxid(Number(serving?.fields["zxid"]));
  const fits = possible(phase.quorum).some(
    (quorum) => possible(quorum.sids).includes(sids) && possible(quorum.zxid).includes(zxid),
  );
  return fits ? [] : [`the quorum is ${sids} at ${zxid}, recorded ${JSON.stringify(phase.quorum)}`];
}

const FACTS: Readonly<Record<LearnerFact, string>> = {
  maxCommitted: "maxCommittedLog",
  minCommitted: "minCommittedLog",
  lastProcessed: "lastProcessedZxid",
  peerLast: "peerLastZxid",
};

/** Of a learner that was synchronised more than once, the last time. */
function compareLearners(phase: Phase, records: readonly TraceRecord[]): string[] {
  return Object.entries(phase.learners ?? {}).flatMap(([id, facts]) => {
    const synced = records.findLast(
      (record) => record.kind === "learnerSynced" && record.fields["learner"] === Number(id),
    );
    if (synced === undefined) return [`${id} was not synchronised`];
    return (Object.keys(FACTS) as LearnerFact[]).flatMap((fact) => {
      const found = formatZxid(Number(synced.fields[FACTS[fact]]));
      const values = possible(facts[fact]);
      if (values.includes(found)) return [];
      return [`of ${id} the leader knew ${fact} ${found}, recorded ${values.join(" or ")}`];
    });
  });
}

/**
 * The votes that each server gave out for itself, without repetitions: those that it sent to itself among others,
 * which is what the recordings took from the servers' logs. An observer sends itself nothing, so its votes are told
 * by when it began, changed or repeated them.
 */
function ownVotes(
  records: readonly TraceRecord[],
  observers: readonly number[],
  current: CurrentVotes,
): Map<number, RecordedVote[]> {
  const votes = new Map<number, RecordedVote[]>();
  for (const { kind, server, fields } of records) {
    if (server === undefined) continue;
    const own = votes.get(server) ?? [];
    const give = (vote: RecordedVote | undefined): void => {
      if (vote === undefined || showVote(own.at(-1) ?? null) === showVote(vote)) return;
      own.push(vote);
      votes.set(server, own);
    };
    if (!observers.includes(server)) {
      if (kind === "notification" && fields["to"] === server && fields["state"] === "LOOKING") {
        give(voteOf(fields["leader"] as number, fields));
      }
    } else if (kind === "looking" || kind === "voteChanged") {
      const vote = voteOf(kind === "looking" ? NOBODY : Number(fields["leader"] ?? NOBODY), fields);
      current.set(server, vote);
      give(vote);
    } else if (kind === "pollTimedOut" && fields["action"] === "resent") {
      give(current.get(server));
    }
  }
  return votes;
}

/** Below every id that a server can have. */
const NOBODY = Number.MIN_SAFE_INTEGER;

function voteOf(leader: number, fields: TraceRecord["fields"]): RecordedVote {
  return [
    leader,
    formatZxid(Number(fields["zxid"])),
    `0x${Number(fields["round"]).toString(16)}`,
    formatZxid(Number(fields["peerEpoch"])),
  ];
}

function showVotes(votes: readonly RecordedVote[]): string {
  return votes.map(showVote).join(" then ") || "for nobody";
}

/** Nobody is −2^63 in the recording, whose digits JavaScript's numbers round. */
function showVote(vote: RecordedVote | null): string {
  if (vote === null) return "none";
  const [leader, zxid, round, peerEpoch] = vote;
  return `${leader < 0 ? "nobody" : leader} (zxid ${zxid}, round ${round}, epoch ${peerEpoch})`;
}
