import type { TestProject } from "vitest/node";

/** What Node computes before the browser tests start, for them to compare with what Chromium computes. */
declare module "vitest" {
  export interface ProvidedContext {
    nodeVersion: string;
  }
}

export default function setup(project: TestProject): void {
  project.provide("nodeVersion", process.version);
}
