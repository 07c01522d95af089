import { BARE, bareLoop, ENSEMBLE_PENDING, HASH_GOAL, KEPT_GOAL } from "./kernel-bench.ts";
import { longRunRows } from "./long-run.ts";
import { interleave, type Outcome, type Variant } from "./measure.ts";
import { type Bench, type BenchOptions, type Goal, ratesOf, type Row } from "./row.ts";
import {
  creates,
  type EnsembleOptions,
  ServingEnsemble,
  setsAndCreates,
  type StretchCounts,
} from "./serving-ensemble.ts";

/** An ensemble of five that serves clients: steady writes, nothing at all, and whole runs with a crash in them. */
export const zabBench: Bench = {
  name: "zab",
  title: "Ensembles of five that serve clients",
  run: (options) => [
    ...writeRows(options),
    ...idleRows(options),
    ...fullRunRows(options),
    ...longRunRows(options),
  ],
};

/** Of the messages against the bare loop's events. */
const MESSAGES_GOAL: Goal = { least: 0.12 };
const MESSAGES_FLOOR: Goal = { least: 0.05 };
/** Virtual seconds in a second. */
const IDLE_GOAL: Goal = { least: 2000 };
/** Runs in a second. */
const RUNS_GOAL: Goal = { least: 200 };
const RUNS_FLOOR: Goal = { least: 50 };

const WARM_UP_SECONDS = 0.4;

const LEVELS = ["off", "hash", "kept"] as const;
type Level = (typeof LEVELS)[number];

const SHAPES = [
  { name: "5 voters", voters: 5, observers: 0, hasGoal: true },
  { name: "3 voters, 2 observers", voters: 3, observers: 2, hasGoal: false },
] as const;
const CLIENTS = [1, 50] as const;

/** Nodes that are there before the writes begin. */
const NODES = 100;
/** In one round: about a tenth of a second. */
const WRITES = 2000;
/** Requests that have been made and not answered, of all clients together. */
const IN_FLIGHT = 100;

interface Writers {
  readonly name: string;
  readonly hasGoal: boolean;
  readonly options: Omit<EnsembleOptions, "trace">;
  readonly counts: StretchCounts;
}

function writeRows({ rounds, progress }: BenchOptions): Row[] {
  progress("steady writes: counting messages");
  const all = SHAPES.flatMap((shape) => CLIENTS.map((clients) => writersOf(shape, clients)));
  const variants = [bareLoop(ENSEMBLE_PENDING)];
  for (const writers of all) {
    for (const level of LEVELS) variants.push(writesVariant(writers, level));
  }
  const outcomes = interleave(
    variants,
    rounds,
    (text) => progress(`steady writes: ${text}`),
    WARM_UP_SECONDS,
  );
  const bare = { name: BARE, figures: ratesOf(outcomes, BARE, "events") };
  return [
    { name: BARE, unit: "events/s", figures: bare.figures },
    ...all.flatMap((writers) => rowsOf(writers, outcomes, bare)),
  ];
}

function rowsOf(writers: Writers, outcomes: readonly Outcome[], bare: Against): Row[] {
  const { name, counts, hasGoal } = writers;
  const rates = (level: Level, what: string): readonly number[] =>
    ratesOf(outcomes, variantName(name, level), what);
  const row = (what: string, unit: string, figures: readonly number[]): Row => ({
    name: `${name}, ${what}`,
    unit,
    figures,
  });
  const messages = (level: Level): readonly number[] => rates(level, "messages");
  const against = { name: "trace off", figures: messages("off") };
  return [
    {
      ...row("trace off", "messages/s", against.figures),
      against: bare,
      ...(hasGoal ? { goal: MESSAGES_GOAL, floor: MESSAGES_FLOOR } : {}),
    },
    row("trace off", "writes/s", rates("off", "writes")),
    row("trace off", "virtual s/s", rates("off", "virtualSeconds")),
    row("any trace", "writes/virtual s", [WRITES / counts.virtualSeconds]),
    row("any trace", "messages/write", [counts.messages / WRITES]),
    row("any trace", "events/write", [counts.events / WRITES]),
    { ...row("trace hashed", "messages/s", messages("hash")), against, goal: HASH_GOAL },
    { ...row("trace kept", "messages/s", messages("kept")), against, goal: KEPT_GOAL },
  ];
}

type Against = NonNullable<Row["against"]>;

/** The same seed is the same run whatever the trace keeps, so what is counted is counted once. */
function writersOf(shape: (typeof SHAPES)[number], clients: number): Writers {
  const { voters, observers, hasGoal } = shape;
  const name = `${shape.name}, ${clients} client${clients === 1 ? "" : "s"}`;
  const options = { voters, observers, clients, spread: true };
  const ensemble = ready(options, "kept");
  return { name, hasGoal, options, counts: ensemble.count(() => write(ensemble)) };
}

/** Each time in a world of its own: the same writes lead to the same messages, and no log fills the memory. */
function writesVariant({ name, options, counts }: Writers, level: Level): Variant {
  let ensemble = ready(options, level);
  return {
    name: variantName(name, level),
    run: () => {
      write(ensemble);
      return { ...counts, writes: WRITES };
    },
    tidy: () => {
      ensemble = ready(options, level);
    },
  };
}

function variantName(name: string, level: Level): string {
  return `${name}, ${level}`;
}

function ready(options: Omit<EnsembleOptions, "trace">, trace: Level): ServingEnsemble {
  const ensemble = new ServingEnsemble({ ...options, trace });
  ensemble.drive(NODES, IN_FLIGHT, creates(NODES));
  return ensemble;
}

function write(ensemble: ServingEnsemble): void {
  ensemble.drive(WRITES, IN_FLIGHT, setsAndCreates(NODES));
}

/** Virtual seconds in one round. */
const IDLE_SECONDS = 200;

function idleRows({ rounds, progress }: BenchOptions): Row[] {
  const variants = LEVELS.slice(0, 2).map((level): Variant => {
    const ensemble = new ServingEnsemble({ voters: 5, clients: 1, spread: true, trace: level });
    return {
      name: level,
      run: () => {
        ensemble.idle(IDLE_SECONDS);
        return { seconds: IDLE_SECONDS };
      },
    };
  });
  const outcomes = interleave(
    variants,
    rounds,
    (text) => progress(`idle: ${text}`),
    WARM_UP_SECONDS,
  );
  const [off, hash] = ["off", "hash"].map((level) => ratesOf(outcomes, level, "seconds")) as [
    readonly number[],
    readonly number[],
  ];
  const name = "idle, 5 voters, 1 client";
  return [
    { name: `${name}, trace off`, unit: "virtual s/s", figures: off, goal: IDLE_GOAL },
    {
      name: `${name}, trace hashed`,
      unit: "virtual s/s",
      figures: hash,
      against: { name: "trace off", figures: off },
    },
  ];
}

/** Whole runs of one variant in one round: about a tenth of a second. */
const SEEDS = [1, 2, 3, 4, 5, 6];
/** Before the crash, and again after it. */
const WRITES_OF_RUN = 100;
const IN_FLIGHT_OF_RUN = 10;

const FULL_RUNS = [
  { name: "hashed, no checks", trace: "hash", checked: false },
  { name: "kept, no checks", trace: "kept", checked: false },
  { name: "kept, every check", trace: "kept", checked: true },
] as const;

function fullRunRows({ rounds, progress }: BenchOptions): Row[] {
  const variants = FULL_RUNS.map(({ name, trace, checked }): Variant => ({
    name,
    run: () => {
      for (const seed of SEEDS) fullRun(seed, trace, checked);
      return { runs: SEEDS.length };
    },
  }));
  const outcomes = interleave(
    variants,
    rounds,
    (text) => progress(`whole runs: ${text}`),
    WARM_UP_SECONDS,
  );
  const rates = (name: string): readonly number[] => ratesOf(outcomes, name, "runs");
  const [plain] = FULL_RUNS;
  return FULL_RUNS.map(({ name, checked }) => {
    const row = { name: `whole run, ${name}`, unit: "runs/s", figures: rates(name) };
    if (checked) return { ...row, goal: RUNS_GOAL, floor: RUNS_FLOOR };
    if (name === plain.name) return row;
    return { ...row, against: { name: plain.name, figures: rates(plain.name) } };
  });
}

/** Boot, election, writes, crash of the leader, election, writes. */
function fullRun(seed: number, trace: "hash" | "kept", checked: boolean): void {
  const ensemble = new ServingEnsemble({
    seed,
    voters: 5,
    clients: 1,
    spread: false,
    trace,
    checked,
  });
  const next = setsAndCreates(1);
  ensemble.drive(1, 1, creates(1));
  ensemble.drive(WRITES_OF_RUN - 1, IN_FLIGHT_OF_RUN, next);
  ensemble.replaceLeader();
  ensemble.drive(WRITES_OF_RUN, IN_FLIGHT_OF_RUN, next);
  ensemble.finish();
}
