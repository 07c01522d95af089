import { type Outcome, ratioOf, type Spread, spreadOf } from "./measure.ts";

/** One line of a bench's table. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  /** One figure for each round, or one alone where it does not depend on the moment. */
  readonly figures: readonly number[];
  /** What it is compared with: figures of the same rounds. */
  readonly against?: { readonly name: string; readonly figures: readonly number[] };
  readonly goal?: Goal;
  /** What it has to be at least, or at most, even where the goal is missed. */
  readonly floor?: Goal;
  /** Why there are no figures. */
  readonly missing?: string;
}

/** What a row's ratio, or where there is none its figure, should at least or at most be. */
export type Goal = { readonly least: number } | { readonly most: number };

export interface BenchOptions {
  readonly rounds: number;
  readonly progress: (text: string) => void;
}

export interface Bench {
  readonly name: string;
  readonly title: string;
  readonly run: (options: BenchOptions) => Row[];
}

/** A row as it is printed. */
export interface Result {
  readonly name: string;
  readonly unit: string;
  readonly figure?: Spread;
  readonly against?: string;
  readonly ratio?: Spread;
  readonly goal?: Goal;
  readonly met?: boolean;
  readonly floor?: Goal;
  readonly floorMet?: boolean;
  readonly missing?: string;
}

export function resultOf({ name, unit, figures, against, goal, floor, missing }: Row): Result {
  if (missing !== undefined) return { name, unit, missing };
  const figure = spreadOf(figures);
  const ratio = against === undefined ? undefined : ratioOf(figures, against.figures);
  const judged = (ratio ?? figure).median;
  return {
    name,
    unit,
    figure,
    ...(against === undefined || ratio === undefined ? {} : { against: against.name, ratio }),
    ...(goal === undefined ? {} : { goal, met: meets(judged, goal) }),
    ...(floor === undefined ? {} : { floor, floorMet: meets(judged, floor) }),
  };
}

/** The rounds' rates of one variant. */
export function ratesOf(
  outcomes: readonly Outcome[],
  variant: string,
  what: string,
): readonly number[] {
  const rates = outcomes.find(({ name }) => name === variant)?.rates[what];
  if (rates === undefined) throw new Error(`the bench counts no ${what} of ${variant}`);
  return rates;
}

function meets(value: number, goal: Goal): boolean {
  return "least" in goal ? value >= goal.least : value <= goal.most;
}
