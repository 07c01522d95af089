import { formatZxid } from "../../../core/zxid.ts";
import type { TraceRecord } from "../../../sim/kernel/trace.ts";
import { numberIn, serverIn, textIn } from "../read-record.ts";

/** Records that only a verbose story tells: single messages, connections, timers, writes. */
export function aside(record: TraceRecord): string {
  const { server, kind } = record;
  const sentence = ASIDES[kind];
  if (sentence !== undefined) return sentence(record);
  return `${server ?? "the world"}: ${kind} ${JSON.stringify(record.fields)}`;
}

const ASIDES: { readonly [kind: string]: (record: TraceRecord) => string } = {
  timer: (r) => `the timer ${textIn(r, "timer")} of ${r.server} fires`,
  written: (r) => `${r.server} has ${textIn(r, "file")} ${numberIn(r, "value")} on disk`,
  dial: (r) => `${r.server} dials the ${textIn(r, "port")} port of ${serverIn(r, "to")}`,
  connected: (r) =>
    `${r.server} is connected to the ${textIn(r, "port")} port of ${serverIn(r, "to")}`,
  accepted: (r) => `${r.server} accepts a connection on its ${textIn(r, "port")} port`,
  dialFailed: (r) =>
    `${r.server} does not reach the ${textIn(r, "port")} port of ${serverIn(r, "to")}: ${textIn(r, "reason")}`,
  closed: (r) =>
    `a connection of ${r.server} and ${serverIn(r, "other")} ends: ${textIn(r, "how")}`,
  initialMessage: (r) => `${r.server} tells ${serverIn(r, "to")} who it is`,
  notification: (r) => {
    const to = serverIn(r, "to");
    return (
      `${r.server} → ${to === r.server ? "itself" : to}: ${textIn(r, "state")}, votes for ` +
      `${serverIn(r, "leader") ?? "nobody"} (epoch ${numberIn(r, "peerEpoch")}, ` +
      `zxid ${formatZxid(numberIn(r, "zxid"))}) in round ${numberIn(r, "round")}`
    );
  },
  packet: (r) =>
    `${r.server} → ${serverIn(r, "to")}: ${textIn(r, "type")} ${formatZxid(numberIn(r, "zxid"))}`,
  received: (r) => {
    const from = serverIn(r, "from");
    return `${r.server} receives #${r.cause} from ${from === r.server ? "itself" : from}`;
  },
  lost: (r) =>
    `#${r.cause} from ${serverIn(r, "from")} to ${r.server} is lost: ${textIn(r, "why")}`,
  stalled: (r) => `what ${r.server} sends to ${serverIn(r, "to")} waits: the link does not deliver`,
  leaderUnreachable: (r) =>
    `${r.server} fails to reach the leader ${serverIn(r, "leader")}, try ${numberIn(r, "tries")}`,
  followerRegistered: (r) =>
    `${serverIn(r, "follower")} has registered with ${r.server}, accepted epoch ${numberIn(r, "acceptedEpoch")}`,
};
