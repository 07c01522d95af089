import { expect, test } from "vitest";
import { sessionId } from "../ids.ts";
import {
  checkPasswd,
  generatePasswd,
  initializeNextSessionId,
  sessionIdAfter,
} from "./session-id.ts";

// Both tables were printed by Java 17: java.util.Random, and the shifts on its long.
test.each([
  [1n, "054cc74a37327db215e702e20c73f005"],
  [72057594037927936n, "f22acd4a97e69d6d20a49bb638eadb38"],
  [72059295018713088n, "0752288c8868e663bd7d658011a00c40"],
  [72057649912021008n, "d5a8cc6989f65b6e69f6e14bd79a2bd9"],
  [-1n, "20f62cb5648dc2d771471c8a2486a9ee"],
  [-9223372036854775807n, "054cc74a37327db215e702e20c73f005"],
  [-72057594037883955n, "0630ce6bda6e0e1e6a313d3c4d5d18ec"],
  [1729382256910270467n, "df09d34af79abe282b61348b6561c76b"],
  [3007405056n, "60b420bb3851d9d47acb933dbe70399b"],
])("the password of session %d is %s", (id, expected) => {
  const passwd = generatePasswd(sessionId(id));
  expect(Buffer.from(passwd).toString("hex")).toBe(expected);
  expect(checkPasswd(sessionId(id), passwd)).toBe(true);
});

test("a password with one bit changed, of another length, or none is wrong, and session 0 has none", () => {
  const id = sessionId(1n);
  const passwd = generatePasswd(id);
  const flipped = Uint8Array.from(passwd, (byte, index) => (index === 15 ? byte ^ 1 : byte));
  expect(checkPasswd(id, flipped)).toBe(false);
  expect(checkPasswd(id, passwd.slice(0, 15))).toBe(false);
  expect(checkPasswd(id, null)).toBe(false);
  expect(checkPasswd(sessionId(0n), generatePasswd(sessionId(0n)))).toBe(false);
});

test.each([
  [1, 0, 72057594037927936n],
  [1, 1, 72057594037993472n],
  [1, 1763726400000, 115587573350400000n],
  [5, 123456789, 360296061053763584n],
  // The highest bit of the clock does not reach the server's byte (ZOOKEEPER-1622).
  [127, 1099511627775, 9223372036854710272n],
  [254, 1763726400000, -100585208763383808n],
  [255, 7, -72057594037469184n],
])("the first session id of server %d started at %d ms is %d", (sid, ms, expected) => {
  expect(initializeNextSessionId(sid, ms)).toBe(expected);
});

test("the one id that would mark a container is passed over", () => {
  expect(initializeNextSessionId(128, 2 ** 40)).toBe(-(1n << 63n) + 1n);
});

test("ids are counted upwards, around the end of 64 bits", () => {
  expect(sessionIdAfter(sessionId(1n))).toBe(2n);
  expect(sessionIdAfter(sessionId((1n << 63n) - 1n))).toBe(-(1n << 63n));
});
