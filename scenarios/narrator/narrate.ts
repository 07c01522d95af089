import { ELECTION_RULES } from "../../core/election/rules.ts";
import type { PeerConfig } from "../../core/server/peer.ts";
import type { TraceRecord } from "../../sim/kernel/trace.ts";
import { type Cast, NO_CAST } from "../service/cast.ts";
import type { Fact, Language, NarratorContext, Told } from "./fact.ts";
import { english } from "./languages/english.ts";
import { Story } from "./story.ts";

/** One sentence of a story. */
export interface StoryLine {
  /** When the first of what it tells happened, in virtual microseconds. */
  readonly timeUs: number;
  /** Without a full stop. */
  readonly text: string;
  /** The records that it tells of. */
  readonly records: readonly number[];
  readonly fact: Fact;
}

export interface NarrateOptions {
  /** Every record in a line of its own, single messages included. */
  readonly verbose?: boolean | undefined;
  readonly language?: Language | undefined;
  /** Of a run with a standalone server and clients: who they are. */
  readonly cast?: Cast | undefined;
}

/** Tells a run in sentences, from its records. */
export function narrate(
  records: Iterable<TraceRecord>,
  peers: readonly PeerConfig[],
  options: NarrateOptions = {},
): StoryLine[] {
  const cast = options.cast ?? NO_CAST;
  const ids: number[] = peers.map((peer) => peer.id);
  if (cast.standalone !== undefined) ids.push(cast.standalone);
  const story = new Story(ids, options.verbose, cast);
  for (const record of records) story.add(record);
  const context = contextOf(peers, cast);
  const language = options.language ?? english;
  return story.end().map((told) => ({
    timeUs: told.timeUs,
    text: sentence(language, told, context),
    records: told.records,
    fact: told.fact,
  }));
}

function contextOf(peers: readonly PeerConfig[], cast: Cast): NarratorContext {
  return {
    verifier: peers[0]?.verifier ?? { kind: "majority", voters: [] },
    finalizeWaitMs: ELECTION_RULES.finalizeWaitMs,
    cast,
  };
}

/** The language has a function for every kind of fact, so the one for this kind takes this fact. */
function sentence(language: Language, told: Told, context: NarratorContext): string {
  const tell = language[told.fact.kind] as (fact: Fact, context: NarratorContext) => string;
  return tell(told.fact, context);
}
