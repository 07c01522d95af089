import { SERVER_STATES } from "../core/election/vote.ts";
import {
  EXIT_REASONS,
  LEAVE_REASONS,
  LOST_REASONS,
  SYNC_MODES,
} from "../core/server/observations.ts";
import { TIMERS } from "../core/server/port.ts";
import type { QuorumPacket } from "../core/zab/packets.ts";
import type { RecordSchema } from "./kernel/trace.ts";

/**
 * Every kind of record that a world's trace can hold. What a server lets be known of its decisions keeps the
 * name that core/ gives it (core/server/observations.ts); the rest is the world's own.
 */

export const PORTS = ["election", "quorum", "client"] as const;
export const PACKETS = [
  "FOLLOWERINFO",
  "OBSERVERINFO",
  "LEADERINFO",
  "PING",
  "ACKEPOCH",
  "DIFF",
  "TRUNC",
  "SNAP",
  "NEWLEADER",
  "UPTODATE",
  "PROPOSAL",
  "ACK",
  "COMMIT",
  "INFORM",
  "REQUEST",
  "SYNC",
  "REVALIDATE",
] as const satisfies readonly QuorumPacket["kind"][];
export const LINK_CHANGES = ["cut", "mended", "clogged", "unclogged"] as const;
export const LOSSES = ["dropped", "connection closed", "connection reset"] as const;
export const CLOSINGS = ["end of file", "reset", "timed out"] as const;
export const FILES = ["acceptedEpoch", "currentEpoch"] as const;
export const DECIDING = ["peerEpoch", "zxid", "leader", "weight", "same", "round"] as const;
export const POLL_ACTIONS = ["resent", "redialled"] as const;
export const HOW_ELECTED = ["votes", "joined"] as const;

const SCHEMAS = {
  // Processes.
  boot: [
    ["acceptedEpoch", "epoch"],
    ["currentEpoch", "epoch"],
    ["zxid", "zxid"],
  ],
  crash: [],
  pause: [],
  resume: [],
  /** All that was on the server's disk is lost. */
  wiped: [],
  /** A timer fires; what it leads to is caused by it. */
  timer: [["timer", TIMERS]],
  written: [
    ["file", FILES],
    ["value", "epoch"],
  ],

  // The network.
  link: [
    ["from", "server"],
    ["to", "server"],
    ["change", LINK_CHANGES],
  ],
  dial: [
    ["to", "server"],
    ["port", PORTS],
    ["connection", "int"],
  ],
  connected: [
    ["to", "server"],
    ["port", PORTS],
    ["connection", "int"],
  ],
  accepted: [
    ["from", "server"],
    ["port", PORTS],
    ["connection", "int"],
  ],
  dialFailed: [
    ["to", "server"],
    ["port", PORTS],
    ["connection", "int"],
    ["reason", ["refused", "timeout"]],
  ],
  closed: [
    ["other", "server"],
    ["connection", "int"],
    ["how", CLOSINGS],
  ],
  initialMessage: [
    ["to", "server"],
    ["connection", "int"],
  ],
  /** A notification is sent; to the sender itself, over connection −1. */
  notification: [
    ["to", "server"],
    ["connection", "int"],
    ["state", SERVER_STATES],
    ["leader", "server"],
    ["zxid", "zxid"],
    ["round", "int"],
    ["peerEpoch", "epoch"],
  ],
  packet: [
    ["to", "server"],
    ["connection", "int"],
    ["type", PACKETS],
    ["zxid", "zxid"],
  ],
  /** A message arrives; its cause is the record of its sending. */
  received: [
    ["from", "server"],
    ["connection", "int"],
  ],
  lost: [
    ["from", "server"],
    ["connection", "int"],
    ["why", LOSSES],
  ],
  /** The link is cut or clogged: from here on, what this end sends waits. */
  stalled: [
    ["to", "server"],
    ["connection", "int"],
  ],

  // What servers let be known.
  looking: [
    ["round", "int"],
    ["zxid", "zxid"],
    ["peerEpoch", "epoch"],
  ],
  voteChanged: [
    ["from", "server"],
    ["round", "int"],
    ["leader", "server"],
    ["zxid", "zxid"],
    ["peerEpoch", "epoch"],
    ["beforeLeader", "server"],
    ["beforeZxid", "zxid"],
    ["beforePeerEpoch", "epoch"],
    ["because", DECIDING],
  ],
  roundRaised: [
    ["from", "server"],
    ["round", "int"],
    ["before", "int"],
  ],
  quorumAgrees: [
    ["leader", "server"],
    ["round", "int"],
    ["supporters", "servers"],
  ],
  finalizeInterrupted: [
    ["from", "server"],
    ["leader", "server"],
  ],
  pollTimedOut: [
    ["action", POLL_ACTIONS],
    ["nextWaitMs", "int"],
  ],
  elected: [
    ["state", SERVER_STATES],
    ["leader", "server"],
    ["zxid", "zxid"],
    ["round", "int"],
    ["peerEpoch", "epoch"],
    ["how", HOW_ELECTED],
    ["supporters", "servers"],
    ["tookMs", "int"],
  ],
  leaderUnreachable: [
    ["leader", "server"],
    ["tries", "int"],
    ["again", "flag"],
  ],
  registered: [
    ["leader", "server"],
    ["acceptedEpoch", "epoch"],
  ],
  following: [
    ["leader", "server"],
    ["epoch", "epoch"],
  ],
  followerRegistered: [
    ["follower", "server"],
    ["acceptedEpoch", "epoch"],
    ["registered", "servers"],
  ],
  leading: [
    ["epoch", "epoch"],
    ["quorum", "servers"],
  ],
  learnerLost: [
    ["learner", "server"],
    ["why", LOST_REASONS],
  ],
  roleLeft: [
    ["state", SERVER_STATES],
    ["why", LEAVE_REASONS],
  ],

  // Between clients and servers.
  connectRequest: [
    ["to", "server"],
    ["connection", "int"],
    ["session", "text"],
    ["lastZxidSeen", "zxid"],
  ],
  connectResponse: [
    ["to", "server"],
    ["connection", "int"],
    ["session", "text"],
    ["timeOutMs", "int"],
  ],
  request: [
    ["to", "server"],
    ["connection", "int"],
    ["xid", "int"],
    ["op", "text"],
    ["path", "text"],
  ],
  reply: [
    ["to", "server"],
    ["connection", "int"],
    ["xid", "int"],
    ["zxid", "zxid"],
    ["err", "int"],
  ],
  watchEvent: [
    ["to", "server"],
    ["connection", "int"],
    ["type", "int"],
    ["path", "text"],
  ],

  // What a server that clients see lets be known.
  serviceStarted: [
    ["zxid", "zxid"],
    ["replayed", "int"],
  ],
  serviceRefused: [["why", "text"]],
  prepared: [
    ["zxid", "zxid"],
    ["session", "text"],
    ["txn", "text"],
  ],
  applied: [
    ["zxid", "zxid"],
    ["session", "text"],
    ["txn", "text"],
  ],
  sessionExpiring: [["session", "text"]],
  sessionRemoved: [
    ["session", "text"],
    ["zxid", "zxid"],
  ],
  snapshotBegun: [["zxid", "zxid"]],
  /** The server closes a client's connection. */
  clientRefused: [
    ["connection", "int"],
    ["why", "text"],
  ],

  // What a client lets be known.
  clientDialling: [["host", "text"]],
  clientEstablished: [
    ["host", "text"],
    ["session", "text"],
    ["timeOutMs", "int"],
  ],
  clientLost: [["why", "text"]],
  clientEnded: [],
  clientEvent: [
    ["type", "text"],
    ["state", "text"],
    ["path", "text"],
  ],
  clientCompletion: [
    ["token", "int"],
    ["op", "text"],
    ["err", "int"],
  ],

  // What servers let be known of synchronisation and broadcast. The place of a kind goes into the hash, so what is new
  // comes last.
  epochAcknowledged: [
    ["epoch", "epoch"],
    ["quorum", "servers"],
  ],
  learnerSynced: [
    ["learner", "server"],
    ["mode", SYNC_MODES],
    ["zxid", "zxid"],
    ["peerLastZxid", "zxid"],
    ["minCommittedLog", "zxid"],
    ["maxCommittedLog", "zxid"],
    ["lastProcessedZxid", "zxid"],
    ["proposals", "int"],
  ],
  synchronizing: [
    ["leader", "server"],
    ["mode", SYNC_MODES],
    ["zxid", "zxid"],
  ],
  truncated: [
    ["target", "zxid"],
    ["zxid", "zxid"],
  ],
  newLeaderAcknowledged: [
    ["leader", "server"],
    ["epoch", "epoch"],
  ],
  established: [
    ["epoch", "epoch"],
    ["quorum", "servers"],
    ["zxid", "zxid"],
  ],
  serving: [
    ["state", SERVER_STATES],
    ["leader", "server"],
    ["epoch", "epoch"],
    ["zxid", "zxid"],
  ],
  proposed: [
    ["zxid", "zxid"],
    ["txn", "text"],
  ],
  acknowledged: [["zxid", "zxid"]],
  committed: [
    ["zxid", "zxid"],
    ["quorum", "servers"],
  ],
  fastForwarded: [
    ["from", "zxid"],
    ["to", "zxid"],
  ],
  exited: [["why", EXIT_REASONS]],
} as const satisfies Record<string, RecordSchema["fields"]>;

export type RecordKind = keyof typeof SCHEMAS;

export const RECORD_SCHEMAS: readonly RecordSchema[] = Object.entries(SCHEMAS).map(
  ([name, fields]) => ({ name, fields }),
);

export const RECORD = Object.fromEntries(
  RECORD_SCHEMAS.map((schema, number) => [schema.name, number]),
) as { readonly [kind in RecordKind]: number };

/** Place of each name in a list, so that recording one looks nothing up in a loop. */
export function numbersOf<T extends string>(names: readonly T[]): { readonly [name in T]: number } {
  return Object.fromEntries(names.map((name, number) => [name, number])) as {
    [name in T]: number;
  };
}
