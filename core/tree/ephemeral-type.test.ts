import { expect, test } from "vitest";
import { NO_SESSION, sessionId } from "../ids.ts";
import {
  CONTAINER_OWNER,
  ephemeralKind,
  isValidTtl,
  MAX_TTL,
  ttlOf,
  ttlOwner,
} from "./ephemeral-type.ts";

test("the four kinds of owner", () => {
  expect(ephemeralKind(NO_SESSION, true)).toBe("void");
  expect(ephemeralKind(CONTAINER_OWNER, false)).toBe("container");
  expect(ephemeralKind(CONTAINER_OWNER, true)).toBe("container");
  expect(ephemeralKind(sessionId(0x100000d025b0010n), true)).toBe("normal");
  expect(ephemeralKind(sessionId(-0x100000000000000n), true)).toBe("ttl");
});

test("a server of id 254 makes negative sessions that are no TTLs", () => {
  expect(ephemeralKind(sessionId(BigInt.asIntN(64, 0xfe00000000000001n)), true)).toBe("normal");
});

test("a TTL is in the five low bytes, behind the mark ff", () => {
  expect(BigInt.asUintN(64, ttlOwner(1))).toBe(0xff00000000000001n);
  expect(BigInt.asUintN(64, ttlOwner(MAX_TTL))).toBe(0xff0000ffffffffffn);
  expect(ttlOf(ttlOwner(123456))).toBe(123456);
  expect(ephemeralKind(ttlOwner(1), true)).toBe("ttl");
  expect(ephemeralKind(ttlOwner(1), false)).toBe("normal");
});

test("a TTL is from 1 to 2^40 − 1 ms", () => {
  expect([-1, 0, 1, MAX_TTL, MAX_TTL + 1].map(isValidTtl)).toEqual([
    false,
    false,
    true,
    true,
    false,
  ]);
  expect(MAX_TTL).toBe(1099511627775);
  expect(() => ttlOwner(0)).toThrow(RangeError);
});
