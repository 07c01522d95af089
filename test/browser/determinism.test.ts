import { expect, inject, test } from "vitest";
import { allHashes } from "../determinism/hashes.ts";

test("Chromium computes the hashes that Node computes", async () => {
  const here = await allHashes();
  expect(Object.keys(here).length).toBeGreaterThan(200);
  expect(here).toEqual(inject("mainThreadHashes"));
}, 120_000);
