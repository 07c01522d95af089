import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

test.each([
  ["sever", ["server", "servers", "from"], "server"],
  ["looking", ["FOLLOWING", "LOOKING"], "LOOKING"],
  ["LOKING", ["LOOKING", "LEADING"], "LOOKING"],
  ["five", ["observer", "five-in-order"], "five-in-order"],
  ["parsecs", ["ms", "s"], undefined],
  ["x", [], undefined],
])("%s among %j", (name, valid, best) => {
  expect(nearest(name, valid)).toBe(best);
});
