import type { Epoch, ServerId, SessionId } from "../ids.ts";
import type { ClientRequest } from "../server/service/client-request.ts";
import type { LogEntry } from "../server/service/service-port.ts";
import type { Snapshot } from "../server/service/snapshot.ts";
import type { Zxid } from "../zxid.ts";
import { entryBytes, requestBytes, snapshotBytes } from "./sizes.ts";

/** Packets of the quorum port, named as ZooKeeper names them (Leader.java). */
export type QuorumPacket =
  /** The paper's CEPOCH: zxid is (acceptedEpoch, 0). */
  | {
      readonly kind: "FOLLOWERINFO" | "OBSERVERINFO";
      readonly zxid: Zxid;
      readonly serverId: ServerId;
      readonly protocolVersion: number;
      readonly configVersion: number;
    }
  /** The paper's NEWEPOCH: zxid is (newEpoch, 0). */
  | { readonly kind: "LEADERINFO"; readonly zxid: Zxid; readonly protocolVersion: number }
  /** The paper's ACK-E: zxid is the learner's last one. */
  | {
      readonly kind: "ACKEPOCH";
      readonly zxid: Zxid;
      /** Undefined (−1 on the wire): the epoch was promised before, and this is no new promise. */
      readonly currentEpoch: Epoch | undefined;
      /** It can't truncate what it has, and asks for a snapshot. No such thing is on ZooKeeper's wire. */
      readonly forceSnapshotSync?: boolean;
    }
  | { readonly kind: "DIFF" | "TRUNC"; readonly zxid: Zxid }
  /** zxid is the leader's last one when it took the snapshot; the snapshot follows on the same connection. */
  | { readonly kind: "SNAP"; readonly zxid: Zxid; readonly snapshot: Snapshot }
  /** One transaction: to followers as a proposal, to observers when it is committed. */
  | { readonly kind: "PROPOSAL" | "INFORM"; readonly zxid: Zxid; readonly entry: LogEntry }
  | { readonly kind: "COMMIT"; readonly zxid: Zxid }
  /** Of a proposal, or of NEWLEADER: zxid is (epoch, 0) then. */
  | { readonly kind: "ACK"; readonly zxid: Zxid }
  /** The end of the history; zxid is (epoch, 0). */
  | { readonly kind: "NEWLEADER"; readonly zxid: Zxid; readonly config: string }
  /** The paper's COMMIT-LD: the learner may serve. zxid is −1. */
  | { readonly kind: "UPTODATE"; readonly zxid: Zxid }
  /** From the leader every half tick; back with the sessions that were heard of since, and their timeouts in ms. */
  | {
      readonly kind: "PING";
      readonly zxid: Zxid;
      readonly sessions?: readonly (readonly [SessionId, number])[];
    }
  /** A client's request that its server can't decide. zxid is −1. */
  | { readonly kind: "REQUEST"; readonly zxid: Zxid; readonly request: ClientRequest }
  /** The answer to a forwarded `sync`: everything before it was sent before it. zxid is 0. */
  | { readonly kind: "SYNC"; readonly zxid: Zxid }
  /** Is this session alive? It speaks through this learner from now on. `valid` in the answer. zxid is −1. */
  | {
      readonly kind: "REVALIDATE";
      readonly zxid: Zxid;
      readonly session: SessionId;
      readonly timeoutMs: number;
      readonly valid?: boolean;
    };

/** What 3.4 and later say of themselves in FOLLOWERINFO and LEADERINFO. */
export const QUORUM_PROTOCOL_VERSION = 0x10000;

// type:int, zxid:long, data length:int, authinfo count:int (jute's QuorumPacket).
const FIXED_BYTES = 20;
const LEARNER_INFO_BYTES = 20;
const INT_BYTES = 4;
const SESSION_BYTES = 12;

export function quorumPacketBytes(packet: QuorumPacket): number {
  switch (packet.kind) {
    case "FOLLOWERINFO":
    case "OBSERVERINFO":
      return FIXED_BYTES + LEARNER_INFO_BYTES;
    case "LEADERINFO":
    case "ACKEPOCH":
      return FIXED_BYTES + INT_BYTES;
    case "SNAP":
      return FIXED_BYTES + snapshotBytes(packet.snapshot);
    case "PROPOSAL":
    case "INFORM":
      return FIXED_BYTES + entryBytes(packet.entry);
    case "NEWLEADER":
      return FIXED_BYTES + packet.config.length;
    case "PING":
      return FIXED_BYTES + SESSION_BYTES * (packet.sessions?.length ?? 0);
    case "REQUEST":
      return FIXED_BYTES + requestBytes(packet.request);
    case "REVALIDATE":
      return FIXED_BYTES + SESSION_BYTES + (packet.valid === undefined ? 0 : 1);
    case "DIFF":
    case "TRUNC":
    case "COMMIT":
    case "ACK":
    case "UPTODATE":
    case "SYNC":
      return FIXED_BYTES;
  }
}
