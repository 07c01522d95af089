import { expect, test } from "vitest";
import type { Acl, Id } from "../wire/records.ts";
import { digestId, fixupAcl, hideDigests, PERMS, permits } from "./acl.ts";

const LOCAL: Id = { scheme: "ip", id: "127.0.0.1" };
const BOB: Id = { scheme: "digest", id: digestId("bob:secret") };
const SUPER: Id = { scheme: "super", id: "" };

function acl(perms: number, scheme: string | null, id: string | null): Acl {
  return { perms, id: { scheme, id } };
}

test.each([
  ["u:p", "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ="],
  ["super:admin", "super:xQJmxLMiHGwaqBvst5y6rkB6HQs="],
])("the digest of %s", (text, id) => {
  expect(digestId(text)).toBe(id);
});

test("the user is what is before the first colon, the hash is that of everything", () => {
  expect(digestId("u:p:q")).toMatch(/^u:.{27}=$/);
  expect(digestId("u:p:q")).not.toBe(digestId("u:p"));
  expect(digestId("nocolon")).toMatch(/^nocolon:/);
  expect(digestId("")).toBe(":2jmj7l5rSw0yVb/vlWAYkK/YBwk=");
});

test("any entry that matches and has a bit grants", () => {
  const list = [acl(PERMS.READ, "world", "anyone"), acl(PERMS.WRITE, "digest", BOB.id)];
  expect(permits(list, PERMS.READ, [LOCAL])).toBe(true);
  expect(permits(list, PERMS.WRITE, [LOCAL])).toBe(false);
  expect(permits(list, PERMS.WRITE, [LOCAL, BOB])).toBe(true);
  expect(permits(list, PERMS.READ | PERMS.ADMIN, [])).toBe(true);
  expect(permits(list, PERMS.ADMIN, [BOB])).toBe(false);
});

test("nobody gets past perms 0 but the super user, and anybody past an empty list or with skipACL", () => {
  const locked = [acl(0, "world", "anyone")];
  expect(permits(locked, PERMS.ALL, [LOCAL, BOB])).toBe(false);
  expect(permits(locked, PERMS.ALL, [LOCAL, SUPER])).toBe(true);
  expect(permits(locked, PERMS.ALL, [LOCAL], { skipAcl: true })).toBe(true);
  expect(permits([], PERMS.ALL, [])).toBe(true);
});

test("an address matches by its leading bits", () => {
  expect(permits([acl(1, "ip", "127.0.0.1")], 1, [LOCAL])).toBe(true);
  expect(permits([acl(1, "ip", "127.0.0.0/8")], 1, [LOCAL])).toBe(true);
  expect(permits([acl(1, "ip", "10.0.0.0/8")], 1, [LOCAL])).toBe(false);
});

test("sasl counts only where it is configured", () => {
  const list = [acl(1, "sasl", "bob")];
  const bob = { scheme: "sasl", id: "bob" };
  expect(permits(list, 1, [bob])).toBe(false);
  expect(permits(list, 1, [bob], { sasl: true })).toBe(true);
  expect(fixupAcl(list, [])).toEqual({ err: -114 });
  expect(fixupAcl(list, [], { sasl: true })).toEqual(list);
  expect(fixupAcl([acl(1, "sasl", "a@b@c")], [], { sasl: true })).toEqual({ err: -114 });
});

const REFUSED: readonly (readonly [
  why: string,
  list: readonly (Acl | null)[] | null,
  err: number,
])[] = [
  ["null", null, -114],
  ["empty", [], -114],
  ["a null entry", [null], -114],
  ["an unknown scheme", [acl(31, "nonsense", "x")], -114],
  ["super", [acl(31, "super", "x")], -114],
  ["x509 without a provider", [acl(31, "x509", "CN=x")], -114],
  ["another world", [acl(31, "world", "everyone")], -114],
  ["digest without a hash", [acl(31, "digest", "u")], -114],
  ["digest with an empty hash", [acl(31, "digest", "u:")], -114],
  ["digest of three parts", [acl(31, "digest", "u:p:q")], -114],
  ["no address", [acl(31, "ip", "1.2.3")], -114],
  ["auth without an authenticated identity", [acl(31, "auth", "")], -114],
  ["a null scheme", [acl(31, null, "x")], -114],
  ["a null scheme and id", [acl(31, null, null)], -114],
  ["a null id of an unknown scheme", [acl(31, "nonsense", null)], -114],
  ["world with a null id", [acl(31, "world", null)], -5],
  ["digest with a null id", [acl(31, "digest", null)], -5],
  ["ip with a null id", [acl(31, "ip", null)], -5],
  [
    "a null scheme that is compared with an entry of the same perms",
    [acl(31, "world", "anyone"), acl(31, null, "x")],
    -5,
  ],
  ["the same with other perms", [acl(31, "world", "anyone"), acl(1, null, "x")], -114],
  ["a bad entry behind a good one", [acl(31, "world", "anyone"), acl(31, "ip", "x")], -114],
];

test.each(REFUSED)("%s is refused", (_, list, err) => {
  expect(fixupAcl(list, [LOCAL, SUPER])).toEqual({ err });
});

test.each(["u:h", ":p", "u:p:", "u:p::"])("digest %s is valid", (id) => {
  expect(fixupAcl([acl(31, "digest", id)], [])).toEqual([acl(31, "digest", id)]);
});

test("exact duplicates go, other perms stay, odd bits stay", () => {
  const world = acl(31, "world", "anyone");
  expect(fixupAcl([world, { ...world }, acl(255, "world", "anyone")], [])).toEqual([
    world,
    acl(255, "world", "anyone"),
  ]);
});

test("auth becomes one entry for each authenticated identity, whatever its id", () => {
  const eve: Id = { scheme: "digest", id: digestId("eve:pw") };
  const fixed = fixupAcl([acl(5, "auth", null)], [LOCAL, BOB, SUPER, eve]);
  expect(fixed).toEqual([
    { perms: 5, id: BOB },
    { perms: 5, id: eve },
  ]);
});

test("what an auth entry becomes is not compared with the others", () => {
  const own = { perms: 31, id: BOB };
  expect(fixupAcl([own, acl(31, "auth", "")], [BOB])).toEqual([own, own]);
});

test("only digests are hidden", () => {
  const world = acl(1, "world", "anyone");
  expect(hideDigests([acl(31, "digest", "u:hash"), acl(31, "digest", "u:a:b"), world])).toEqual([
    acl(31, "digest", "u:x"),
    acl(31, "digest", "u:x"),
    world,
  ]);
  expect(hideDigests([acl(31, "digest", "u:a\nb:c")])).toEqual([acl(31, "digest", "u:x\nb:x")]);
});
