import { isMainThread } from "node:worker_threads";
import type { TestProject } from "vitest/node";
import { allHashes, type Hashes } from "./hashes.ts";

/** What Node's main thread computes before the tests start, for them to compare with what they compute. */
declare module "vitest" {
  export interface ProvidedContext {
    mainThreadHashes: Hashes;
    computedInMainThread: boolean;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  project.provide("mainThreadHashes", await allHashes());
  project.provide("computedInMainThread", isMainThread);
}
