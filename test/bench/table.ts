import Table from "cli-table3";
import type { Spread } from "./measure.ts";
import type { Goal, Result } from "./row.ts";

const HEAD = ["", "median", "min..max", "unit", "ratio", "min..max", "to", "goal"];

/** One bench's results for people. */
export function tableOf(results: readonly Result[]): string {
  const table = new Table({
    head: HEAD,
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "right", "right", "left", "right", "right", "left", "left"],
  });
  for (const result of results) table.push(cellsOf(result));
  return table.toString();
}

function cellsOf(result: Result): string[] {
  const { name, unit, figure, against, ratio, missing } = result;
  if (figure === undefined) return [name, "–", "", unit, "", "", missing ?? "", ""];
  return [
    name,
    number(figure.median),
    range(figure, number),
    unit,
    ratio === undefined ? "" : percent(ratio.median),
    ratio === undefined ? "" : range(ratio, percent),
    against ?? "",
    goalsText(result),
  ];
}

function goalsText({ goal, met, floor, floorMet, ratio }: Result): string {
  const texts: string[] = [];
  const isRatio = ratio !== undefined;
  if (goal !== undefined) texts.push(goalText(goal, isRatio, met === true));
  if (floor !== undefined) texts.push(`floor ${goalText(floor, isRatio, floorMet === true)}`);
  return texts.join(", ");
}

function goalText(goal: Goal, isRatio: boolean, met: boolean): string {
  const show = isRatio ? percent : number;
  const text = "least" in goal ? `≥ ${show(goal.least)}` : `≤ ${show(goal.most)}`;
  return `${text} ${met ? "met" : "MISSED"}`;
}

function range({ min, max }: Spread, show: (n: number) => string): string {
  return min === max ? "" : `${show(min)}..${show(max)}`;
}

/** Three digits that mean something: no measurement here is better. */
function number(n: number): string {
  if (n >= 1e6) return `${(n / 1e6).toPrecision(3)} M`;
  if (n >= 1e4) return `${(n / 1e3).toPrecision(3)} k`;
  return String(Number(n.toPrecision(3)));
}

function percent(n: number): string {
  return `${(n * 100).toPrecision(n >= 1 ? 3 : 2)} %`;
}
