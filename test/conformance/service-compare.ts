import {
  type CaseEvent,
  dataBytes,
  type DataArg,
  type ServiceStep,
  type StepResult,
} from "./service-case.ts";

/** Compares what a step was recorded with to what it came to here, field by field. */

/** One sentence for each difference. `number` counts the steps from 1. */
export function compareStep(step: ServiceStep, number: number, found: StepResult): string[] {
  const differences: string[] = [];
  const say = (text: string): void => {
    differences.push(`step ${number} (${step.s} ${step.op}): ${text}`);
  };
  const { events: recordedEvents = [], ...recorded } = step.result;
  const { events: foundEvents = [], ...other } = found;
  compareRecord("", { ...recorded }, { ...other }, say);
  compareEvents(recordedEvents, foundEvents, say);
  return differences;
}

type Say = (text: string) => void;

function compareRecord(at: string, recorded: object, found: object, say: Say): void {
  const fields = new Set([...Object.keys(recorded), ...Object.keys(found)]);
  // Nobody knows what came before a reply that did not come.
  if ("closed" in recorded || "noReply" in recorded) fields.delete("eventsBefore");
  for (const field of fields) {
    const name = at === "" ? field : `${at}.${field}`;
    const a = (recorded as Record<string, unknown>)[field];
    const b = (found as Record<string, unknown>)[field];
    compareField(field, name, a, b, say);
  }
}

function compareField(
  field: string,
  name: string,
  recorded: unknown,
  found: unknown,
  say: Say,
): void {
  if (recorded !== undefined && found !== undefined) {
    if (field === "data") return compareData(name, recorded as DataArg, found as DataArg, say);
    if (UNORDERED.has(field) && Array.isArray(recorded) && Array.isArray(found)) {
      return compareValue(name, sorted(recorded), sorted(found), say);
    }
  }
  compareValue(name, recorded, found, say);
}

/** Lists that ZooKeeper answers in the order of a hash; the recorder sorted some of them. */
const UNORDERED = new Set(["children", "paths", "ids", "closedConns"]);

function compareValue(name: string, recorded: unknown, found: unknown, say: Say): void {
  if (Array.isArray(recorded) && Array.isArray(found) && recorded.some(isRecord)) {
    if (recorded.length !== found.length) {
      say(`${name}: recorded ${recorded.length} entries, found ${found.length}`);
    }
    for (let i = 0; i < Math.min(recorded.length, found.length); i++) {
      compareValue(`${name}[${i}]`, recorded[i], found[i], say);
    }
  } else if (isRecord(recorded) && isRecord(found)) {
    compareRecord(name, recorded, found, say);
  } else if (!isSame(recorded, found)) {
    say(`${name}: recorded ${show(recorded)}, found ${show(found)}`);
  }
}

function compareData(name: string, recorded: DataArg, found: DataArg, say: Say): void {
  const a = dataBytes(recorded);
  const b = dataBytes(found);
  if (a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0) return;
  say(`${name}: recorded ${showData(a)}, found ${showData(b)}`);
}

function compareEvents(
  recorded: readonly CaseEvent[],
  found: readonly CaseEvent[],
  say: Say,
): void {
  const connections = new Set([...recorded, ...found].map(({ to }) => to));
  for (const to of connections) {
    const a = recorded.filter((event) => event.to === to);
    const b = found.filter((event) => event.to === to);
    if (isSame(inFairOrder(a, b), inFairOrder(b, b))) continue;
    say(
      `events to ${to}: recorded ${a.map(showEvent).join(", ") || "none"}, found ${b.map(showEvent).join(", ") || "none"}`,
    );
  }
}

/** The events as texts; those in the place of one session close are sorted, as they have no order. */
function inFairOrder(events: readonly CaseEvent[], found: readonly CaseEvent[]): string[] {
  const texts = events.map(showEvent);
  for (let from = 0; from < found.length;) {
    const close = found[from]?.close;
    let to = from + 1;
    while (to < found.length && close !== undefined && found[to]?.close === close) to++;
    texts.splice(from, to - from, ...texts.slice(from, to).sort(byText));
    from = to;
  }
  return texts;
}

function showEvent({ type, path, state, before }: CaseEvent): string {
  const details = [
    ...(state === undefined ? [] : [`state ${state}`]),
    ...(before === true ? ["before the reply"] : []),
  ];
  return `${type} ${path}${details.length > 0 ? ` (${details.join(", ")})` : ""}`;
}

function sorted(items: readonly unknown[]): unknown[] {
  return items.toSorted((a, b) => byText(canonical(a), canonical(b)));
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSame(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? "nothing";
  const entries = Object.entries(value).sort(([a], [b]) => byText(a, b));
  return `{${entries.map(([key, inner]) => `${key}:${canonical(inner)}`).join()}}`;
}

const SHOWN = 300;

function show(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${text.length} characters)` : text;
}

function showData(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return "null";
  return `${show(new TextDecoder().decode(bytes))} (${bytes.length} bytes)`;
}
