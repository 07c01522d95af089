import { type SessionId, sessionId } from "../ids.ts";
import { javaRandomBytes } from "./java-random.ts";

/** Session ids and the passwords that go with them (SessionTrackerImpl.initializeNextSessionId, ZooKeeperServer). */

/** An owner that marks a container, so that no session may be called so (EphemeralType.CONTAINER_EPHEMERAL_OWNER). */
const CONTAINER_OWNER = -(1n << 63n);

/** ZooKeeperServer.superSecret: no secret at all. */
const PASSWORD_MASK = 0xb3415c00n;
const PASSWORD_BYTES = 16;

/**
 * The first session id of a server that starts at `nowMs` of its monotonic clock: the server id in the highest byte,
 * the low 40 bits of the clock below it, and 16 zero bits to count in. The shift back is unsigned, so that the clock
 * never reaches the server's byte (ZOOKEEPER-1622).
 */
export function initializeNextSessionId(serverId: number, nowMs: number): SessionId {
  const clock = BigInt.asUintN(64, BigInt(nowMs) << 24n) >> 8n;
  const id = BigInt.asIntN(64, clock | (BigInt(serverId) << 56n));
  return sessionId(id === CONTAINER_OWNER ? id + 1n : id);
}

/** The server that made the session (SessionTrackerImpl's ids carry it in the highest byte). */
export function serverOf(id: SessionId): number {
  return Number(BigInt.asUintN(64, id) >> 56n);
}

export function sessionIdAfter(id: SessionId): SessionId {
  return sessionId(BigInt.asIntN(64, id + 1n));
}

/** The password of a session: the same on every server, since it follows from the id (ZooKeeperServer.generatePasswd). */
export function generatePasswd(id: SessionId): Uint8Array {
  return javaRandomBytes(BigInt.asUintN(64, id) ^ PASSWORD_MASK, PASSWORD_BYTES);
}

/** ZooKeeperServer.checkPasswd. */
export function checkPasswd(id: SessionId, passwd: Uint8Array | null): boolean {
  if (id === 0n || passwd === null || passwd.length !== PASSWORD_BYTES) return false;
  const expected = generatePasswd(id);
  return expected.every((byte, index) => byte === passwd[index]);
}
