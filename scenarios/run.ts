import type { Action } from "../sim/action.ts";
import { EVENT } from "../sim/events.ts";
import type { TraceLevel, TraceRecord } from "../sim/kernel/trace.ts";
import { type ServerView, World } from "../sim/world.ts";
import { Checks, type Violation } from "./checks.ts";
import { checkScenario } from "./format/check.ts";
import { formatDuration } from "./format/duration.ts";
import type { StepRef } from "./format/expect.ts";
import type { Predicate } from "./format/predicate.ts";
import { InvalidScenario } from "./format/problem.ts";
import type { Scenario } from "./format/scenario.ts";
import { type ExpectationResult, type Look, type Watcher, watcherOf } from "./expectations.ts";
import {
  type ClientRequest,
  DEFAULT_SEED,
  type Plan,
  type PlannedAction,
  type PlannedStep,
  planOf,
} from "./plan.ts";
import { partition } from "./partition.ts";
import { describePredicate, SETTLED_SERVICE, SETTLED_WITH_CLIENTS } from "./predicate/describe.ts";
import { evaluate } from "./predicate/evaluate.ts";
import { outcomeWord } from "./predicate/service.ts";
import { leaderOf, type Situation, situationOf } from "./predicate/situation.ts";
import { ClientLog } from "./service/client-log.ts";
import { SyncLog } from "./service/server-data.ts";
import type { ClientView, StandaloneView } from "./service/views.ts";

/** Runs a scenario. Pure: the same scenario and seed give the same result, in Node and in a browser. */

export interface RunOptions {
  /** In place of the scenario's own. */
  readonly seed?: number | undefined;
  /** `hash` unless said otherwise; `kept` for a story or a trace file. */
  readonly trace?: TraceLevel | undefined;
  /** Puts every message of clients and their server through the bytes of the wire. It changes nothing but the speed. */
  readonly codec?: boolean | undefined;
  /**
   * Whether an ensemble is judged by what ZooKeeper promises, too, and stopped at the first thing that is wrong. The
   * trace is kept then. It changes nothing about the run up to there.
   */
  readonly check?: boolean | undefined;
  /** Stop early: when so many events have run, or at a moment. What ran until then is what always runs. */
  readonly until?: { readonly event?: number; readonly timeUs?: number } | undefined;
  /** Told of every record as it is made; needs the trace to be kept. */
  readonly onRecord?: ((record: TraceRecord) => void) | undefined;
}

/**
 * Why a run stopped. `finished`: as the scenario says. `asked`: at the event or time that the caller named.
 * `expectation`: one failed. `property`: a promise of ZooKeeper's was broken. `step`: one could not be done.
 * `limit`: it ran away. `quiet`: nothing more would ever happen.
 */
export type StopKind =
  | "finished"
  | "asked"
  | "expectation"
  | "property"
  | "step"
  | "limit"
  | "quiet";

export interface StepResult {
  readonly path: string;
  readonly label: string | undefined;
  readonly doneUs: number | undefined;
  /** Of a client's request: `ok`, `pending`, or the name of an error; undefined if it was not made. */
  readonly outcome: string | undefined;
}

export interface RunResult {
  readonly scenario: Scenario;
  readonly seed: number;
  /** `stopped`: by the caller, with nothing wrong until then. */
  readonly outcome: "passed" | "failed" | "stopped";
  readonly stop: { readonly kind: StopKind; readonly text: string };
  readonly timeUs: number;
  readonly events: number;
  readonly records: number;
  /** 16 hexadecimal digits. */
  readonly hash: string;
  readonly servers: readonly ServerView[];
  readonly leader: number | undefined;
  readonly standalone: StandaloneView | undefined;
  readonly clients: readonly ClientView[];
  /** What clients asked for and were told. */
  readonly log: ClientLog;
  readonly steps: readonly StepResult[];
  readonly expectations: readonly ExpectationResult[];
  /** The promise that was broken, where that was looked for. */
  readonly violation: Violation | undefined;
  /** What else is wrong beside expectations that failed: a step that could not be done, an end that never came. */
  readonly problems: readonly string[];
  /** For looking further, or going on. */
  readonly world: World;
}

/** @throws InvalidScenario if the scenario was not checked and is wrong. */
export function runScenario(scenario: Scenario, options: RunOptions = {}): RunResult {
  const problems = checkScenario(scenario);
  if (problems.length > 0) throw new InvalidScenario(problems);
  return new Run(scenario, options).run();
}

const BROKEN = { kind: "property", text: "stopped at the first promise that was broken" } as const;

interface StepState {
  readonly step: PlannedStep;
  isTriggered: boolean;
  /** Actions that are left to do. */
  left: number;
  doneUs: number | undefined;
}

class Run {
  readonly #scenario: Scenario;
  readonly #seed: number;
  readonly #options: RunOptions;
  readonly #plan: Plan;
  readonly #world: World;
  readonly #steps: readonly StepState[];
  readonly #stepOf = new Map<PlannedAction, StepState>();
  readonly #log = new ClientLog();
  readonly #syncs: SyncLog;
  readonly #watchers: readonly Watcher[];
  readonly #checks: Checks | undefined;
  #violation: Violation | undefined;
  readonly #problems: string[] = [];
  /** When the end came that the scenario names; the run goes on for a while. */
  #endedUs: number | undefined;
  #stop: RunResult["stop"] | undefined;
  #records = 0;

  constructor(scenario: Scenario, options: RunOptions) {
    this.#scenario = scenario;
    this.#options = options;
    this.#seed = options.seed ?? scenario.seed ?? DEFAULT_SEED;
    this.#plan = planOf(scenario, this.#seed);
    this.#world = new World({
      ...this.#plan.world,
      codec: options.codec ?? false,
      trace: options.check === true ? "kept" : (options.trace ?? "hash"),
    });
    this.#syncs = new SyncLog(this.#world);
    if (options.check === true && this.#plan.world.standalone === undefined) {
      this.#checks = new Checks(this.#world, this.#plan.world.disks?.values() ?? []);
    }
    this.#steps = this.#plan.steps.map((step) => ({
      step,
      isTriggered: false,
      left: step.actions.length,
      doneUs: undefined,
    }));
    this.#watchers = (scenario.expect ?? []).map((expectation, i) =>
      watcherOf(expectation, i, (predicate) => this.#describe(predicate)),
    );
    for (const client of this.#world.clients) this.#log.listen(client);
    this.#world.kernel.handle(EVENT.action, (_node, _ref, payload) => {
      const action = payload as PlannedAction;
      const problem = this.#perform(action);
      if (problem === undefined) this.#done(action);
      else this.#impossible(action, problem);
    });
  }

  run(): RunResult {
    for (const action of this.#plan.setup) this.#world.perform(action);
    for (const state of this.#steps) {
      const { trigger } = state.step;
      if (trigger.kind === "at") this.#trigger(state, trigger.timeUs);
    }
    while (this.#stop === undefined) this.#advance();
    return this.#result(this.#stop);
  }

  /** Runs until something has changed, or a moment comes that somebody waits for. */
  #advance(): void {
    const world = this.#world;
    const { until } = this.#options;
    const askedUs = until?.timeUs ?? Infinity;
    const nextUs = Math.min(this.#nextMomentUs(), askedUs);
    const seen = world.changes;
    const served = this.#isServing();
    const reason = world.run({
      ...(nextUs === Infinity ? {} : { untilTime: nextUs }),
      ...(until?.event === undefined ? {} : { untilEvent: until.event }),
      until: () => {
        this.#tell();
        this.#violation = this.#checks?.violation();
        return (
          this.#violation !== undefined || world.changes !== seen || this.#isServing() !== served
        );
      },
    });
    if (this.#stop !== undefined) return;
    this.#violation ??= this.#checks?.violation();
    if (this.#violation !== undefined) {
      this.#stop = BROKEN;
      return;
    }
    if (reason === "event-limit" || reason === "time-limit") {
      this.#fail("limit", this.#limitReached(reason));
      return;
    }
    this.#look(reason === "time" || reason === "quiet");
    if (this.#stop !== undefined) return;
    if (reason === "event") {
      this.#stop = { kind: "asked", text: `stopped at event #${world.kernel.executed}, as asked` };
    } else if (reason === "time" && world.kernel.now >= askedUs) {
      this.#stop = { kind: "asked", text: `stopped at ${formatDuration(askedUs)}, as asked` };
    } else if (reason === "quiet" && world.kernel.pendingCount === 0) {
      this.#fail("quiet", `nothing more would ever happen, but ${this.#waitsFor()}`);
    }
  }

  /** Whether a standalone server serves clients, which it begins to without a decision that it lets be known. */
  #isServing(): boolean {
    return this.#world.standalone?.service?.isRunning === true;
  }

  #nextMomentUs(): number {
    const { until, forUs } = this.#plan;
    const stepDone = this.#stepDone;
    let next = Infinity;
    if (this.#endedUs !== undefined) next = this.#endedUs + forUs;
    else if (until.kind === "time") next = until.timeUs;
    // What lies behind us has been looked at, and waits for something else.
    const now = this.#world.kernel.now;
    if (this.#endedUs !== undefined && next <= now) next = Infinity;
    for (const watcher of this.#watchers) {
      next = Math.min(next, watcher.nextMomentUs(stepDone));
    }
    return next;
  }

  #look(isMomentOver: boolean): void {
    const look = this.#lookNow(isMomentOver);
    for (const watcher of this.#watchers) watcher.look(look);
    if (this.#watchers.some((watcher) => watcher.hasFailed)) {
      this.#stop = { kind: "expectation", text: "stopped at the first expectation that failed" };
      return;
    }
    this.#considerNextStep(look);
    this.#considerEnd(look);
  }

  /** A step with `when` is watched once all steps before it are done, as one reads. */
  #considerNextStep(look: Look): void {
    const next = this.#steps.find((state) => state.doneUs === undefined);
    if (next === undefined || next.isTriggered || next.step.trigger.kind !== "when") return;
    const { predicate, afterUs } = next.step.trigger;
    if (evaluate(predicate, look.situation).holds) this.#trigger(next, afterUs);
  }

  #considerEnd(look: Look): void {
    const { until, forUs } = this.#plan;
    if (this.#endedUs === undefined) {
      if (until.kind === "time") {
        if (!look.isMomentOver || look.nowUs < until.timeUs) return;
      } else if (
        this.#steps.some((state) => state.doneUs === undefined) ||
        !evaluate(until.predicate, look.situation).holds
      ) {
        return;
      }
      this.#endedUs = look.nowUs;
    }
    const isOver = look.nowUs > this.#endedUs + forUs || look.isMomentOver || forUs === 0;
    if (look.nowUs < this.#endedUs + forUs || !isOver) return;
    if (this.#watchers.some((watcher) => watcher.isPending)) return;
    this.#finish(look);
  }

  #finish(look: Look): void {
    for (const watcher of this.#watchers) watcher.end(look);
    for (const { step, doneUs } of this.#steps) {
      if (doneUs !== undefined) continue;
      this.#problems.push(`${step.path} never happened: ${this.#whyNot(step, look)}`);
    }
    for (const watcher of this.#watchers) {
      const result = watcher.result();
      if (result.status === "not reached") {
        this.#problems.push(`${result.path} was never looked at: the run was over before`);
      }
    }
    this.#violation = this.#checks?.finish();
    if (this.#violation !== undefined) {
      this.#stop = BROKEN;
      return;
    }
    const { until, forUs } = this.#plan;
    const ending =
      until.kind === "time"
        ? `it was to run for ${formatDuration(until.timeUs)}`
        : this.#describe(until.predicate);
    const more = forUs === 0 ? "" : `, and for ${formatDuration(forUs)} after that`;
    this.#stop = { kind: "finished", text: `finished: ${ending}${more}` };
  }

  #trigger(state: StepState, delayUs: number): void {
    state.isTriggered = true;
    for (const { delayUs: gapUs, action } of state.step.actions) {
      this.#stepOf.set(action, state);
      // Clients' requests wait in one line with what is done to the world.
      this.#world.kernel.schedule(delayUs + gapUs, EVENT.action, -1, 0, action);
    }
  }

  /** Gives what is in the way, and then nothing has been done. */
  #perform(action: PlannedAction): string | undefined {
    if (action.do === "request") return this.#request(action);
    const world = this.#world;
    const problem =
      action.do === "partition" ? partition(world, action.groups) : world.perform(action);
    if (problem !== undefined) return this.#named(action, problem);
    if ((action.do === "crash" || action.do === "restart") && action.server !== "leader") {
      this.#log.abandon(action.server);
    }
    return undefined;
  }

  #request(request: ClientRequest): string | undefined {
    const world = this.#world;
    const client = world.clients.find(({ id }) => id === request.client);
    if (client === undefined) return "there is no such client";
    if (client.state === "down") {
      return `client ${client.name} is not running; boot it first: {"do": "boot", "client": "${client.name}"}`;
    }
    if (client.state === "paused") return `client ${client.name} is paused`;
    world.changes++;
    this.#log.request(client, request.op, request.step);
    return undefined;
  }

  /** The problem with the client's name in it, where it is a client's. */
  #named(action: Action, problem: string): string {
    if (!("server" in action)) return problem;
    const client = this.#world.clients.find(({ id }) => id === action.server);
    return client === undefined
      ? problem
      : problem.replace(`server ${client.id}`, `client ${client.name}`);
  }

  #done(action: PlannedAction): void {
    const state = this.#stepOf.get(action);
    if (state !== undefined && --state.left === 0) state.doneUs = this.#world.kernel.now;
  }

  #impossible(action: PlannedAction, problem: string): void {
    const state = this.#stepOf.get(action);
    const path = state?.step.path ?? "a step";
    const what = state === undefined ? action.do : state.step.does;
    this.#fail("step", `${path} (${what}) can't be done: ${problem}`);
    this.#world.kernel.stop();
  }

  #fail(kind: StopKind, problem: string): void {
    this.#problems.push(problem);
    this.#stop = { kind, text: problem };
  }

  #limitReached(reason: "event-limit" | "time-limit"): string {
    const { bounds } = this.#plan.world;
    const limit =
      reason === "event-limit"
        ? `${bounds?.maxEvents} events`
        : `${formatDuration(bounds?.maxTime ?? 0)} of virtual time`;
    return `the limit of ${limit} was reached, but ${this.#waitsFor()}`;
  }

  /** What the run would have had to see for its end. */
  #waitsFor(): string {
    const look = this.#lookNow(true);
    const undone = this.#steps.find((state) => state.doneUs === undefined);
    if (undone !== undefined) {
      return `${undone.step.path} had not happened: ${this.#whyNot(undone.step, look)}`;
    }
    const { until } = this.#plan;
    if (until.kind === "predicate" && this.#endedUs === undefined) {
      const { because } = evaluate(until.predicate, look.situation);
      return `this never came: ${this.#describe(until.predicate)} (${because})`;
    }
    return "the run was to go on";
  }

  #lookNow(isMomentOver: boolean): Look {
    const { kernel } = this.#world;
    return {
      nowUs: kernel.now,
      event: kernel.executed,
      isMomentOver,
      situation: this.#situation(),
      stepDone: this.#stepDone,
    };
  }

  #situation(): Situation {
    for (const client of this.#world.clients) this.#log.see(client);
    const requestOf: Situation["requestOf"] = (ref) => {
      const at =
        typeof ref === "number" ? ref : this.#steps.findIndex(({ step }) => step.label === ref);
      return this.#log.ofStep(at).at(-1);
    };
    return situationOf(this.#world, this.#log, requestOf, this.#syncs);
  }

  readonly #stepDone = (ref: StepRef): number | undefined => {
    if (typeof ref === "number") return this.#steps[ref]?.doneUs;
    return this.#steps.find(({ step }) => step.label === ref)?.doneUs;
  };

  #tell(): void {
    const { onRecord } = this.#options;
    const { trace } = this.#world;
    if (onRecord === undefined || trace.level !== "kept") return;
    while (this.#records < trace.count) onRecord(trace.record(this.#records++));
  }

  #result(stop: RunResult["stop"]): RunResult {
    const world = this.#world;
    this.#tell();
    const situation = this.#situation();
    const expectations = this.#watchers.map((watcher) => watcher.result());
    const hasFailed =
      this.#violation !== undefined ||
      this.#problems.length > 0 ||
      expectations.some(({ status }) => status === "failed");
    return {
      scenario: this.#scenario,
      seed: this.#seed,
      outcome: hasFailed ? "failed" : stop.kind === "asked" ? "stopped" : "passed",
      stop,
      timeUs: world.kernel.now,
      events: world.kernel.executed,
      records: world.trace.count,
      hash: world.trace.digest(),
      servers: world.views(),
      leader: leaderOf(situation)?.id,
      standalone: situation.standalone,
      clients: situation.clients ?? [],
      log: this.#log,
      steps: this.#steps.map(({ step, doneUs }, i) => {
        const request = this.#log.ofStep(i).at(-1);
        return {
          path: step.path,
          label: step.label,
          doneUs,
          outcome: request === undefined ? undefined : outcomeWord(request),
        };
      }),
      expectations,
      violation: this.#violation,
      problems: this.#problems,
      world,
    };
  }

  #whyNot(step: PlannedStep, look: Look): string {
    if (step.trigger.kind === "at") {
      return `its time, ${formatDuration(step.trigger.timeUs)}, did not come`;
    }
    const { predicate } = step.trigger;
    const verdict = evaluate(predicate, look.situation);
    if (verdict.holds) return "there was no time left for it";
    return `it waits until ${this.#describe(predicate)}, but ${verdict.because}`;
  }

  #describe(predicate: Predicate): string {
    if (this.#plan.world.standalone !== undefined) {
      return describePredicate(predicate, SETTLED_SERVICE);
    }
    return this.#world.clients.length === 0
      ? describePredicate(predicate)
      : describePredicate(predicate, SETTLED_WITH_CLIENTS);
  }
}
