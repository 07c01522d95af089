import { formatZxid } from "../../../core/zxid.ts";
import type { TraceRecord } from "../../../sim/kernel/trace.ts";
import { numberIn, serverIn, textIn } from "../read-record.ts";

/** Records that only a verbose story tells: single messages, connections, timers, writes. */
export function aside(record: TraceRecord, name: NameOf): string {
  const { server, kind } = record;
  const sentence = ASIDES[kind];
  if (sentence !== undefined) return sentence(record, name);
  return `${server === undefined ? "the world" : name(server)}: ${kind} ${JSON.stringify(record.fields)}`;
}

/** What a server or a client is called. */
type NameOf = (id: number | null | undefined) => string;

/** Requests have none. */
function zxidOf(zxid: number): string {
  return zxid < 0 ? "" : ` ${formatZxid(zxid)}`;
}

const ASIDES: { readonly [kind: string]: (record: TraceRecord, name: NameOf) => string } = {
  timer: (r, n) => `the timer ${textIn(r, "timer")} of ${n(r.server)} fires`,
  written: (r, n) => `${n(r.server)} has ${textIn(r, "file")} ${numberIn(r, "value")} on disk`,
  dial: (r, n) => `${n(r.server)} dials the ${textIn(r, "port")} port of ${n(serverIn(r, "to"))}`,
  connected: (r, n) =>
    `${n(r.server)} is connected to the ${textIn(r, "port")} port of ${n(serverIn(r, "to"))}`,
  accepted: (r, n) => `${n(r.server)} accepts a connection on its ${textIn(r, "port")} port`,
  dialFailed: (r, n) =>
    `${n(r.server)} does not reach the ${textIn(r, "port")} port of ${n(serverIn(r, "to"))}: ${textIn(r, "reason")}`,
  closed: (r, n) =>
    `a connection of ${n(r.server)} and ${n(serverIn(r, "other"))} ends: ${textIn(r, "how")}`,
  initialMessage: (r, n) => `${n(r.server)} tells ${n(serverIn(r, "to"))} who it is`,
  notification: (r, n) => {
    const to = serverIn(r, "to");
    return (
      `${n(r.server)} → ${to === r.server ? "itself" : n(to)}: ${textIn(r, "state")}, votes for ` +
      `${serverIn(r, "leader") ?? "nobody"} (epoch ${numberIn(r, "peerEpoch")}, ` +
      `zxid ${formatZxid(numberIn(r, "zxid"))}) in round ${numberIn(r, "round")}`
    );
  },
  packet: (r, n) =>
    `${n(r.server)} → ${n(serverIn(r, "to"))}: ${textIn(r, "type")}${zxidOf(numberIn(r, "zxid"))}`,
  received: (r, n) => {
    const from = serverIn(r, "from");
    return `${n(r.server)} receives #${r.cause} from ${from === r.server ? "itself" : n(from)}`;
  },
  lost: (r, n) =>
    `#${r.cause} from ${n(serverIn(r, "from"))} to ${n(r.server)} is lost: ${textIn(r, "why")}`,
  stalled: (r, n) =>
    `what ${n(r.server)} sends to ${n(serverIn(r, "to"))} waits: the link does not deliver`,
  leaderUnreachable: (r, n) =>
    `${n(r.server)} fails to reach the leader ${n(serverIn(r, "leader"))}, try ${numberIn(r, "tries")}`,
  followerRegistered: (r, n) =>
    `${n(serverIn(r, "follower"))} has registered with ${n(r.server)}, accepted epoch ${numberIn(r, "acceptedEpoch")}`,
  synchronizing: (r, n) =>
    `${n(r.server)} is told ${textIn(r, "mode")} ${formatZxid(numberIn(r, "zxid"))} by ${n(serverIn(r, "leader"))}`,
  proposed: (r, n) =>
    `${n(r.server)} proposes zxid ${formatZxid(numberIn(r, "zxid"))}: ${textIn(r, "txn")}`,
  acknowledged: (r, n) =>
    `${n(r.server)} has zxid ${formatZxid(numberIn(r, "zxid"))} on disk and acknowledges it`,
  connectRequest: (r, n) =>
    `${n(r.server)} → ${n(serverIn(r, "to"))}: connect, session ${textIn(r, "session")}, ` +
    `has seen zxid ${formatZxid(numberIn(r, "lastZxidSeen"))}`,
  connectResponse: (r, n) =>
    `${n(r.server)} → ${n(serverIn(r, "to"))}: session ${textIn(r, "session")}, timeout ${numberIn(r, "timeOutMs")} ms`,
  request: (r, n) =>
    `${n(r.server)} → ${n(serverIn(r, "to"))}: ${textIn(r, "op")} ${textIn(r, "path")} (xid ${numberIn(r, "xid")})`,
  reply: (r, n) =>
    `${n(r.server)} → ${n(serverIn(r, "to"))}: reply to xid ${numberIn(r, "xid")}, error ${numberIn(r, "err")}, ` +
    `zxid ${formatZxid(numberIn(r, "zxid"))}`,
  watchEvent: (r, n) =>
    `${n(r.server)} → ${n(serverIn(r, "to"))}: event ${numberIn(r, "type")} ${textIn(r, "path")}`,
  prepared: (r, n) =>
    `${n(r.server)} prepares ${textIn(r, "txn")} of session ${textIn(r, "session")} as zxid ${formatZxid(numberIn(r, "zxid"))}`,
  applied: (r, n) =>
    `${n(r.server)} applies zxid ${formatZxid(numberIn(r, "zxid"))}: ${textIn(r, "txn")} of session ${textIn(r, "session")}`,
  snapshotBegun: (r, n) =>
    `${n(r.server)} begins a snapshot at zxid ${formatZxid(numberIn(r, "zxid"))}`,
  clientRefused: (r, n) => `${n(r.server)} closes a client's connection: ${textIn(r, "why")}`,
  clientDialling: (r, n) => `${n(r.server)} dials ${textIn(r, "host")}`,
  clientLost: (r, n) => `${n(r.server)} has no connection any more: ${textIn(r, "why")}`,
  clientEnded: (r, n) => `${n(r.server)} looks for no server any more`,
  clientEvent: (r, n) => `${n(r.server)} is told that it is ${textIn(r, "state")}`,
};
