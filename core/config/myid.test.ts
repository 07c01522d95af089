import { expect, test } from "vitest";
import { parseMyId } from "./myid.ts";

test.each([
  ["1", 1n],
  ["1\n", 1n],
  ["+3\r\n2", 3n],
  ["1\r2", 1n],
  ["-5", -5n],
  ["9223372036854775807\n", 9223372036854775807n],
])("%j is %s", (content, id) => {
  expect(parseMyId(content, "myid")).toBe(id);
});

test.each([
  ["", "serverid null is not a number"],
  ["\n1", "serverid  is not a number"],
  [" 1", "serverid  1 is not a number"],
  ["1 \n", "serverid 1  is not a number"],
  ["9223372036854775808", "serverid 9223372036854775808 is not a number"],
])("%j is refused", (content, message) => {
  expect(() => parseMyId(content, "myid")).toThrow(
    expect.objectContaining({ chain: [{ kind: "IllegalArgumentException", message }] }),
  );
});
