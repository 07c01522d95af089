import type { Predicate, VoteData } from "../format/predicate.ts";
import { PER_SERVER, type PerServer } from "./servers.ts";
import { describeNode, describeService, zxidText } from "./service.ts";

/** A predicate as a sentence without a full stop: `3 leads and 1, 2 are FOLLOWING`. */
export function describePredicate(predicate: Predicate, settledText = SETTLED): string {
  const parts: string[] = [];
  const { leader, settled, all, any, not } = predicate;
  if (leader !== undefined) parts.push(LEADER[leader] ?? `${leader} leads`);
  if (settled !== undefined) parts.push(settledText);
  parts.push(...describeService(predicate));
  for (const field of PER_SERVER) {
    const wanted: { readonly [key: string]: unknown } = predicate[field] ?? {};
    for (const [key, value] of Object.entries(wanted)) {
      const who = key === "all" ? "all servers" : key.split(",").join(", ");
      const several = key === "all" || key.includes(",");
      parts.push(`${who} ${PHRASES[field](value as never, several)}`);
    }
  }
  for (const inner of all ?? []) parts.push(describePredicate(inner, settledText));
  if (any !== undefined)
    parts.push(`(${any.map((inner) => describePredicate(inner, settledText)).join(" or ")})`);
  if (not !== undefined) parts.push(`not (${describePredicate(not, settledText)})`);
  return parts.join(" and ");
}

const SETTLED = "everybody who can follows one leader";
/** What settled means where an ensemble has clients. */
export const SETTLED_WITH_CLIENTS = "everybody who can follows one leader, and no client waits";
/** What settled means where there is a standalone server. */
export const SETTLED_SERVICE = "the server serves, and no client waits for it";

const LEADER: { readonly [who: string]: string } = {
  any: "somebody leads",
  none: "nobody leads",
};

type Phrase<Field extends PerServer> = (
  wanted: NonNullable<Predicate[Field]>[string],
  several: boolean,
) => string;

const PHRASES: { readonly [Field in PerServer]: Phrase<Field> } = {
  state: (wanted, several) =>
    `${several ? "are" : "is"} ${typeof wanted === "string" ? wanted : wanted.join(" or ")}`,
  process: (wanted, several) => `${several ? "are" : "is"} ${wanted}`,
  votes: (wanted, several) => `${several ? "vote" : "votes"} for ${vote(wanted)}`,
  follows: (wanted, several) => `${several ? "follow" : "follows"} ${wanted}`,
  quorumAgrees: (wanted, several) =>
    `${several ? "have" : "has"} ${wanted ? "a" : "no"} quorum for ${several ? "their votes" : "its vote"}`,
  round: (wanted, several) => `${several ? "are" : "is"} in round ${wanted}`,
  leaderEpoch: (wanted, several) => `${several ? "are" : "is"} in epoch ${wanted}`,
  acceptedEpoch: (wanted, several) => `${several ? "have" : "has"} accepted epoch ${wanted}`,
  currentEpoch: (wanted, several) => `${several ? "have" : "has"} the current epoch ${wanted}`,
  zxid: (wanted, several) => `${several ? "have" : "has"} the last zxid ${zxidText(wanted)}`,
  logged: (wanted, several) => `${several ? "have" : "has"} ${zxidText(wanted)} on disk`,
  phase: (wanted, several) =>
    `${several ? "are" : "is"} in ${wanted === "none" ? "no phase" : `the phase ${wanted}`}`,
  serving: (wanted, several) => `${several ? "serve" : "serves"} ${wanted ? "clients" : "nobody"}`,
  sync: (wanted, several) => {
    const { kind, transactions } =
      typeof wanted === "string" ? { kind: wanted, transactions: undefined } : wanted;
    const how = [
      ...(kind === undefined ? [] : [kind === "none" ? "nobody" : kind]),
      ...(transactions === undefined
        ? []
        : [`${transactions} ${transactions === 1 ? "transaction" : "transactions"}`]),
    ];
    return `${several ? "were" : "was"} brought up to date by ${how.join(" and ")}`;
  },
  nodesOn: (wanted, several) =>
    `${several ? "have" : "has"} this: ${Object.entries(wanted)
      .map(([path, condition]) => describeNode(path, condition))
      .join(", ")}`,
};

function vote(wanted: VoteData): string {
  if (typeof wanted !== "object") return String(wanted);
  const parts: string[] = [];
  if (wanted.epoch !== undefined) parts.push(`epoch ${wanted.epoch}`);
  if (wanted.zxid !== undefined) parts.push(`zxid ${zxidText(wanted.zxid)}`);
  const who = wanted.leader === undefined ? "anybody" : String(wanted.leader);
  return parts.length === 0 ? who : `${who} with ${parts.join(", ")}`;
}
