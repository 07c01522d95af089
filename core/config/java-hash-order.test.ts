import { expect, test } from "vitest";
import { longMapOrder, propertiesOrder } from "./java-hash-order.ts";

/** Keys in the order of insertion, and in the order in which Java 17 enumerates them. */
const VECTORS: readonly (readonly [what: string, inserted: string, enumerated: string])[] = [
  [
    "8 keys, a table of 16",
    "tickTime dataDir clientPort initLimit syncLimit server.1 server.2 server.3",
    "server.2 server.1 dataDir tickTime clientPort initLimit syncLimit server.3",
  ],
  [
    "11 keys, still 16",
    "tickTime dataDir clientPort initLimit syncLimit server.1 server.2 server.3 server.4 server.5 dynamicConfigFile",
    "server.2 server.1 dataDir tickTime clientPort initLimit syncLimit server.5 server.4 server.3 dynamicConfigFile",
  ],
  [
    "12 keys double it",
    "tickTime dataDir clientPort initLimit syncLimit server.1 server.2 server.3 server.4 server.5 dynamicConfigFile group.1",
    "dataDir syncLimit dynamicConfigFile server.2 server.1 tickTime clientPort initLimit server.5 server.4 server.3 group.1",
  ],
  ["equal hashes stay in order", "AaAa BBBB AaBB BBAa C#Aa", "AaAa BBBB AaBB BBAa C#Aa"],
  [
    "also through a doubling, where they are the last run",
    "AaAa BBBB AaBB BBAa a b c d e f g h i",
    "a b c d e f g h i AaAa BBBB AaBB BBAa",
  ],
  [
    "nine in one bucket enlarge the table",
    "AaAaAa AaAaBB AaBBAa AaBBBB BBAaAa BBAaBB BBBBAa BBBBBB C#AaAa C#AaBB",
    "AaAaAa AaAaBB AaBBAa AaBBBB BBAaAa BBAaBB BBBBAa BBBBBB C#AaAa C#AaBB",
  ],
  [
    "a tree takes new keys in front",
    "AaAaAa AaAaBB AaBBAa AaBBBB BBAaAa BBAaBB BBBBAa BBBBBB k1 k2 k3 k4 k5 k6 k7 k8 k9 k10 k11 k12 k13 k14 k15 k16 k17 k18 k19 k20 k21 k22 k23 k24 k25 C#AaAa C#AaBB C#BBAa",
    "k11 k10 k13 k12 k15 k14 k17 k16 k19 k18 C#BBAa C#AaBB AaAaAa AaAaBB AaBBAa AaBBBB BBAaAa BBAaBB BBBBAa BBBBBB C#AaAa k1 k2 k3 k20 k4 k5 k22 k6 k21 k7 k24 k8 k23 k9 k25",
  ],
];

test.each(VECTORS)("%s", (_, inserted, enumerated) => {
  expect(propertiesOrder(inserted.split(" ")).join(" ")).toBe(enumerated);
});

test.each([
  ["1 2 3 16 17 33 -1", "16 -1 1 17 33 2 3"],
  ["3 19 35 51 67 83 99 115 131 147", "3 35 67 99 131 19 51 83 115 147"],
])("HashMap<Long, …> of %s", (inserted, enumerated) => {
  expect(longMapOrder(inserted.split(" ").map(BigInt)).join(" ")).toBe(enumerated);
});
