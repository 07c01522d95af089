import { formatZxid } from "../../../core/zxid.ts";
import { formatTime } from "../../../sim/kernel/time.ts";
import type { NarratorContext } from "../fact.ts";
import type { Requested, ZabFact } from "../zab-fact.ts";
import { nameOf, namesOf, operation } from "./english-service.ts";

type Fact<Kind extends ZabFact["kind"]> = Extract<ZabFact, { readonly kind: Kind }>;

/** The steps of a write on an ensemble, in English. */
export const englishZab: {
  readonly [kind in ZabFact["kind"]]: (fact: Fact<kind>, context: NarratorContext) => string;
} = {
  forwards: (fact, context) =>
    `${namesOf(fact.servers, context)} passes a request of ${clientOf(fact.request, context)} on to the leader ` +
    `${fact.leader ?? "that it had"} (REQUEST): ${operation(fact.request)}`,
  proposes: (fact, context) =>
    `${namesOf(fact.servers, context)} proposes zxid ${formatZxid(fact.zxid)} (PROPOSAL): ` +
    (fact.request === null
      ? fact.txn
      : `${operation(fact.request)}, for ${clientOf(fact.request, context)}`),
  acknowledges: (fact, context) =>
    `${namesOf(fact.servers, context)} ${fact.servers.length === 1 ? "has" : "have"} ` +
    `zxid ${formatZxid(fact.zxid)} on disk and ${fact.servers.length === 1 ? "acknowledges" : "acknowledge"} it (ACK)${until(fact.untilUs)}`,
  applies: (fact, context) =>
    `${namesOf(fact.servers, context)} ${fact.servers.length === 1 ? "applies" : "apply"} zxid ${formatZxid(fact.zxid)}${until(fact.untilUs)}`,
  answersSync: (fact, context) =>
    `${namesOf(fact.servers, context)} answers ${fact.learner ?? "a learner"} (SYNC), ` +
    `after all that it has committed and sent before`,
};

/** Nothing if all did it at the time of the line. */
function until(us: number | null): string {
  return us === null ? "" : `, by ${formatTime(us)}`;
}

function clientOf({ client }: Requested, context: NarratorContext): string {
  return client === null ? "a client" : nameOf(client, context);
}
