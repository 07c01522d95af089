import { expect, test } from "vitest";
import { clientInfos, hasScheme, initialIdentities, withIdentity } from "./identities.ts";

const digest = (id: string) => ({ scheme: "digest", id });

test("the order is that of a Java hash set, not that of the packets", () => {
  const one = withIdentity(
    withIdentity(initialIdentities("127.0.0.1"), digest("a:x")),
    digest("b:y"),
  );
  const other = withIdentity(
    withIdentity(initialIdentities("127.0.0.1"), digest("b:y")),
    digest("a:x"),
  );
  expect(other).toEqual(one);
});

test("the same identity again changes nothing", () => {
  const ids = initialIdentities("127.0.0.1");
  expect(withIdentity(ids, { scheme: "ip", id: "127.0.0.1" })).toBe(ids);
});

test("of a digest only the user is shown, which may be empty", () => {
  const ids = [digest("user:hash"), digest(":hash"), { scheme: "super", id: "" }];
  expect(clientInfos(ids)).toEqual([
    { authScheme: "digest", user: "user" },
    { authScheme: "digest", user: "" },
    { authScheme: "super", user: "" },
  ]);
});

test("a scheme is there or not", () => {
  expect(hasScheme(initialIdentities("::1"), "ip")).toBe(true);
  expect(hasScheme(initialIdentities("::1"), "sasl")).toBe(false);
});
