import type { ClientOp, MultiOp } from "../../core/client/operations.ts";
import { create, getChildren, getData, multi, remove, setData } from "../../core/client/ops.ts";
import { BARE, bareLoop, ENSEMBLE_PENDING } from "./kernel-bench.ts";
import { interleave, type Outcome, type Variant } from "./measure.ts";
import { type Bench, type BenchOptions, type Goal, ratesOf, type Row } from "./row.ts";
import { CLIENTS, Standalone, type StandaloneOptions } from "./standalone.ts";
import { DATA, Picks } from "./wide-tree.ts";

/** A standalone server through the whole world: client, network, server, log, force, tree, and back. */
export const serviceBench: Bench = {
  name: "service",
  title: "Operations on a standalone server, through the world",
  run,
};

const OPERATIONS = ["create", "set", "get", "ls", "multi"] as const;
type Operation = (typeof OPERATIONS)[number];

/** In one round: some hundredths of a second. */
const COUNTS: Readonly<Record<Operation, number>> = {
  create: 4000,
  set: 5000,
  get: 8000,
  ls: 8000,
  multi: 1000,
};

const SMALL = 10;
const LARGE = 1_000_000;

/** What a tree that no cache holds may cost. Whatever looked at all of it would be ten thousand times slower. */
const CURVE_GOAL: Goal = { least: 0.25 };

const WARM_UP_SECONDS = 0.4;

/** What is measured with the small tree and one client only. */
const EXTRAS = [
  { name: "trace hashed", options: { trace: "hash", codec: false } },
  { name: "trace kept", options: { trace: "kept", codec: false } },
  { name: "codec on", options: { trace: "off", codec: true } },
] as const;
const OPERATIONS_OF_EXTRAS = ["create", "get"] as const;

function run({ rounds, progress }: BenchOptions): Row[] {
  progress("service: building the trees");
  const variants = [bareLoop(ENSEMBLE_PENDING)];
  for (const nodes of [SMALL, LARGE]) {
    const standalone = new Standalone({ nodes, trace: "off", codec: false });
    for (const operation of OPERATIONS) {
      for (const clients of [1, CLIENTS]) {
        const name = nameOf(operation, clients, nodes);
        variants.push(variant(name, () => standalone, operation, clients, nodes));
      }
    }
  }
  for (const operation of OPERATIONS_OF_EXTRAS) {
    for (const { name, options } of EXTRAS) variants.push(extra(operation, name, options));
  }
  const outcomes = interleave(
    variants,
    rounds,
    (text) => progress(`service: ${text}`),
    WARM_UP_SECONDS,
  );
  return rowsOf(outcomes);
}

function rowsOf(outcomes: readonly Outcome[]): Row[] {
  const bare = { name: BARE, figures: ratesOf(outcomes, BARE, "events") };
  const rates = (name: string): readonly number[] => ratesOf(outcomes, name, "operations");
  const row = (name: string): Row => ({ name, unit: "ops/s", figures: rates(name) });
  const rows: Row[] = [{ name: BARE, unit: "events/s", figures: bare.figures }];
  for (const operation of OPERATIONS) {
    const [few, many] = [1, CLIENTS].map((clients) => ({
      small: nameOf(operation, clients, SMALL),
      large: nameOf(operation, clients, LARGE),
    })) as [Names, Names];
    rows.push(
      { ...row(few.small), against: bare },
      { ...row(few.large), against: small(rates(few.small)), goal: CURVE_GOAL },
      { ...row(many.small), against: { name: "1 client", figures: rates(few.small) } },
      { ...row(many.large), against: small(rates(many.small)), goal: CURVE_GOAL },
    );
  }
  for (const operation of OPERATIONS_OF_EXTRAS) {
    const plain = rates(nameOf(operation, 1, SMALL));
    for (const { name } of EXTRAS) {
      const against = { name: "trace and codec off", figures: plain };
      rows.push({ ...row(extraName(operation, name)), against });
    }
  }
  return rows;
}

interface Names {
  readonly small: string;
  readonly large: string;
}

function small(figures: readonly number[]): NonNullable<Row["against"]> {
  return { name: `${SMALL} nodes`, figures };
}

function nameOf(operation: Operation, clients: number, nodes: number): string {
  const size = nodes === LARGE ? "1 M" : String(nodes);
  return `${operation}, ${clients} client${clients === 1 ? "" : "s"}, ${size} nodes`;
}

function extraName(operation: Operation, what: string): string {
  return `${nameOf(operation, 1, SMALL)}, ${what}`;
}

/** In a world of its own, which is built anew each time: a trace that is kept would fill the memory. */
function extra(
  operation: Operation,
  what: string,
  options: Omit<StandaloneOptions, "nodes">,
): Variant {
  let standalone = new Standalone({ nodes: SMALL, ...options });
  const { name, run } = variant(extraName(operation, what), () => standalone, operation, 1, SMALL);
  return {
    name,
    run,
    tidy: () => {
      standalone = new Standalone({ nodes: SMALL, ...options });
    },
  };
}

function variant(
  name: string,
  standalone: () => Standalone,
  operation: Operation,
  clients: number,
  nodes: number,
): Variant {
  const operations = COUNTS[operation];
  const created: string[] = [];
  const next = operationsOf(operation, nodes, created);
  return {
    name,
    run: () => {
      standalone().drive(clients, operations, next);
      return { operations };
    },
    tidy: () => {
      standalone().remove(created);
      created.length = 0;
    },
  };
}

/** @param created gets the paths of the nodes that the operations leave behind. */
function operationsOf(operation: Operation, nodes: number, created: string[]): () => ClientOp {
  const leaves = new Picks("leaves", nodes);
  const directories = new Picks("directories", nodes);
  switch (operation) {
    case "create":
      return () => {
        const path = `${directories.next()}/c${created.length}`;
        created.push(path);
        return create(path, DATA);
      };
    case "set":
      return () => setData(leaves.next(), DATA);
    case "get":
      return () => getData(leaves.next());
    case "ls":
      return () => getChildren(directories.next());
    case "multi": {
      let count = 0;
      return () => multi(fiveAndBack(`${directories.next()}/m${count++}`));
    }
  }
}

/** Ten operations that leave nothing: five creates, and five deletes of the same. */
function fiveAndBack(path: string): MultiOp[] {
  const paths = Array.from({ length: 5 }, (_, i) => `${path}-${i}`);
  return [...paths.map((at) => create(at, DATA)), ...paths.map((at) => remove(at))];
}
