/** What users of `vivarium`, and the viewer, may rely on. */
export * from "./client/index.ts";
export type { Violation } from "./checks.ts";
export { defineScenario } from "./define.ts";
export { ensembleOf, type Ensemble, zooCfgOf } from "./ensemble.ts";
export type { ExpectationResult } from "./expectations.ts";
export type { EnsembleData, ServerStart } from "./format/ensemble.ts";
export type { Expectation } from "./format/expect.ts";
export { scenarioJsonSchema } from "./format/json-schema.ts";
export type { ClientData } from "./format/clients.ts";
export type { NetworkData } from "./format/network.ts";
export { parseScenario, type ParsedScenario } from "./format/parse.ts";
export type { Predicate } from "./format/predicate.ts";
export { formatProblem, InvalidScenario, type ScenarioProblem } from "./format/problem.ts";
export type { Scenario } from "./format/scenario.ts";
export type { Step } from "./format/steps.ts";
export { LIBRARY, libraryEntry, type LibraryEntry, loadLibrary } from "./library/index.ts";
export type { Fact, Language, NarratorContext } from "./narrator/fact.ts";
export { english } from "./narrator/languages/english.ts";
export { narrate, type NarrateOptions, type StoryLine } from "./narrator/narrate.ts";
export { describePredicate } from "./predicate/describe.ts";
export { evaluate, type Verdict } from "./predicate/evaluate.ts";
export { type Situation, situationOf } from "./predicate/situation.ts";
export { castOf, type Cast } from "./service/cast.ts";
export { ClientLog, type LoggedRequest } from "./service/client-log.ts";
export { type ServerData, type Sync, SyncLog } from "./service/server-data.ts";
export type { ClientView, NodeView, StandaloneView } from "./service/views.ts";
export {
  type RunOptions,
  type RunResult,
  runScenario,
  type StepResult,
  type StopKind,
} from "./run.ts";
