import type { ServerId } from "../ids.ts";
import type { Zxid } from "../zxid.ts";

/**
 * Packets of the quorum port, named as ZooKeeper names them (Leader.java). Discovery's first step and the pings
 * that keep a connection alive.
 */
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
  /** From the leader every half tick, and back. */
  | { readonly kind: "PING"; readonly zxid: Zxid };

/** What 3.4 and later say of themselves in FOLLOWERINFO and LEADERINFO. */
export const QUORUM_PROTOCOL_VERSION = 0x10000;

// type:int, zxid:long, data length:int, authinfo count:int (jute's QuorumPacket).
const FIXED_BYTES = 20;
const LEARNER_INFO_BYTES = 20;
const LEADER_INFO_BYTES = 4;

export function quorumPacketBytes(packet: QuorumPacket): number {
  switch (packet.kind) {
    case "FOLLOWERINFO":
    case "OBSERVERINFO":
      return FIXED_BYTES + LEARNER_INFO_BYTES;
    case "LEADERINFO":
      return FIXED_BYTES + LEADER_INFO_BYTES;
    case "PING":
      return FIXED_BYTES;
  }
}
