import { ACTION_NAMES, type Action, serversOf } from "../../sim/action.ts";
import {
  expectBoolean,
  expectFields,
  expectList,
  expectObject,
  expectOneOf,
  shown,
} from "./door.ts";
import { expectDelay } from "./latency.ts";

type Kind = Action["do"];
type LinkAction = Extract<Action, { readonly from: unknown }>;

const ON_PROCESS = ["server"];
const ON_LINKS = ["from", "to", "oneWay"];
const FIELDS: Readonly<Record<Kind, readonly string[]>> = {
  boot: ON_PROCESS,
  crash: ON_PROCESS,
  restart: ON_PROCESS,
  pause: ON_PROCESS,
  resume: ON_PROCESS,
  wipe: ON_PROCESS,
  cut: ON_LINKS,
  mend: ON_LINKS,
  clog: ON_LINKS,
  unclog: ON_LINKS,
  partition: ["groups"],
  heal: [],
  reset: ["between"],
  link: [...ON_LINKS, "change"],
  messageFaults: ["faults"],
};

/** Refuses an action that no world could do, by the name of what is wrong with it. */
export function expectAction(action: Action): void {
  expectObject("perform", action);
  expectOneOf("perform.do", action.do, ACTION_NAMES);
  expectFields(action.do, action, ["do", ...FIELDS[action.do]]);
  if (FIELDS[action.do].includes("from")) expectLinks(action as LinkAction);
  if (action.do === "partition") {
    expectList("partition.groups", action.groups, "groups");
    for (const group of action.groups) expectList("partition.groups", group, "groups of ids");
  }
  if (action.do === "reset") expectTwo(action.between);
  if (action.do === "messageFaults" && action.faults !== null) {
    expectObject("messageFaults.faults", action.faults);
  }
  for (const ref of serversOf(action)) {
    if (ref === "leader" || typeof ref === "number") continue;
    throw new TypeError(`${action.do}: expected an id or "leader", got ${shown(ref)}`);
  }
}

function expectLinks(action: LinkAction): void {
  const { do: what, from, to, oneWay } = action;
  expectList(`${what}.from`, from, "ids");
  expectList(`${what}.to`, to, "ids");
  if (oneWay !== undefined) expectBoolean(`${what}.oneWay`, oneWay);
  if (action.do !== "link") return;
  expectFields("link.change", action.change, ["delay", "loss", "bytesPerSecond"]);
  if (action.change.delay !== undefined) expectDelay("link.change.delay", action.change.delay);
}

function expectTwo(between: readonly unknown[]): void {
  expectList("reset.between", between, "two ids");
  if (between.length === 2) return;
  throw new RangeError(`reset.between: expected two ids, got ${between.length}`);
}
