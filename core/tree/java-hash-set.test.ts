import { expect, test } from "vitest";
import {
  addToHashSet,
  cloneHashSet,
  deleteFromHashSet,
  hashSetOrder,
  newHashSet,
} from "./java-hash-set.ts";

/** What was done to a set, and how Java 17 then iterates over it, over a clone, and over the clone with three more. */
const VECTORS = [
  [
    "+/c/n60 -/c/n11 +/a/n64 +/c/n31 +/a/n64 +/c/n37",
    "/c/n60 /c/n37 /c/n31 /a/n64",
    "/c/n60 /c/n37 /c/n31 /a/n64",
    "/c/n60 /x0 /x1 /x2 /c/n37 /c/n31 /a/n64",
  ],
  [
    // Twelve members fill the table of 16; the clone's has 32.
    "+/b/n9 +/a/n28 +/b/n36 +/b/n1 +/b/n46 +/b/n45 +/b/n4 +/a/n39 +/c/n52 +/b/n8 +/b/n72 +/b/n44",
    "/b/n4 /b/n72 /b/n9 /b/n8 /a/n28 /a/n39 /b/n36 /b/n46 /b/n1 /b/n45 /c/n52 /b/n44",
    "/b/n4 /b/n72 /b/n9 /b/n8 /c/n52 /a/n28 /a/n39 /b/n36 /b/n46 /b/n1 /b/n45 /b/n44",
    "/b/n4 /b/n72 /b/n9 /b/n8 /x0 /x1 /x2 /c/n52 /a/n28 /a/n39 /b/n36 /b/n46 /b/n1 /b/n45 /b/n44",
  ],
  [
    "+/c/n53 -/c/n23 +/a/n22 +/c/n35 +/c/n52 +/c/n11 +/c/n30 +/c/n60 +/c/n46 +/a/n16 +/b/n43 -/b/n8 +/a/n6 +/a/n45 +/c/n40",
    "/a/n6 /c/n35 /c/n46 /c/n53 /c/n52 /c/n30 /c/n11 /a/n22 /c/n60 /c/n40 /a/n45 /a/n16 /b/n43",
    "/a/n6 /c/n35 /c/n46 /c/n53 /c/n52 /c/n30 /c/n11 /a/n22 /c/n60 /c/n40 /a/n45 /a/n16 /b/n43",
    "/a/n6 /x0 /c/n35 /c/n46 /x1 /x2 /c/n53 /c/n52 /c/n30 /c/n11 /a/n22 /c/n60 /c/n40 /a/n45 /a/n16 /b/n43",
  ],
] as const;

test.each(VECTORS)("%s", (log, order, clonedOrder, extendedOrder) => {
  const set = newHashSet();
  for (const entry of log.split(" ")) {
    (entry.startsWith("+") ? addToHashSet : deleteFromHashSet)(set, entry.slice(1));
  }
  expect(hashSetOrder(set).join(" ")).toBe(order);
  const clone = cloneHashSet(set);
  expect(hashSetOrder(clone).join(" ")).toBe(clonedOrder);
  for (const member of ["/x0", "/x1", "/x2"]) addToHashSet(clone, member);
  expect(hashSetOrder(clone).join(" ")).toBe(extendedOrder);
  expect(hashSetOrder(set).join(" ")).toBe(order);
});

test("the ephemerals of the recorded session went in this order", () => {
  const set = newHashSet();
  for (const path of ["/zz", "/a", "/q1", "/b", "/d", "/c"]) addToHashSet(set, path);
  expect(hashSetOrder(cloneHashSet(set))).toEqual(["/a", "/b", "/c", "/d", "/zz", "/q1"]);
});

test("a clone of nothing has the table of a new set", () => {
  expect(cloneHashSet(newHashSet())).toEqual(newHashSet());
});
