import { isMainThread } from "node:worker_threads";
import { expect, inject, test } from "vitest";
import { allHashes } from "./hashes.ts";

test("the same scenario and seed give the same hash twice, and in a worker thread as in the main one", async () => {
  expect(inject("computedInMainThread")).toBe(true);
  expect(isMainThread, "tests run in worker threads").toBe(false);
  const once = await allHashes();
  expect(Object.keys(once).length).toBeGreaterThan(200);
  expect(await allHashes()).toEqual(once);
  expect(once).toEqual(inject("mainThreadHashes"));
}, 120_000);

test("hashes tell runs apart", async () => {
  const all = Object.values(await allHashes());
  // Some random worlds are of one server that nothing happens to; no two of the others are alike.
  expect(new Set(all).size).toBeGreaterThan(all.length * 0.9);
}, 120_000);
