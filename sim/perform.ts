import type { Action, ServerRef } from "./action.ts";
import type { Network } from "./network/network.ts";
import type { Process } from "./process/process.ts";
import { ServingProcess } from "./process/serving-process.ts";

/** Where actions are done. */
export interface Stage {
  readonly network: Network;
  /** Every process, by its node. */
  readonly processes: readonly Process[];
  /** −1 for nobody. */
  nodeOf(ref: ServerRef): number;
  idOf(node: number): number;
}

type ProcessAction = Extract<Action, { readonly server: ServerRef }>;
type LinkAction = Extract<Action, { readonly from: readonly ServerRef[] }>;

/** Does it now. Gives what is in the way, and then nothing has been done. */
export function perform(stage: Stage, action: Action): string | undefined {
  const { network } = stage;
  switch (action.do) {
    case "boot":
    case "crash":
    case "restart":
    case "pause":
    case "resume":
    case "wipe":
      return toProcess(stage, action);
    case "cut":
    case "mend":
      return onLinks(stage, action, (from, to) => {
        network.setCut(from, to, action.do === "cut");
      });
    case "clog":
    case "unclog":
      return onLinks(stage, action, (from, to) => {
        network.setClogged(from, to, action.do === "clog");
      });
    case "link":
      return onLinks(stage, action, (from, to) => {
        network.setLink(from, to, { ...network.linkSpec(from, to), ...action.change });
      });
    case "partition":
      return partition(stage, action.groups);
    case "heal":
      eachPair(stage, (from, to) => {
        network.setCut(from, to, false);
        network.setClogged(from, to, false);
      });
      return undefined;
    case "messageFaults":
      network.setMessageFaults(action.faults);
      return undefined;
    case "reset": {
      const [a, b] = action.between.map((ref) => stage.nodeOf(ref)) as [number, number];
      if (a < 0 || b < 0) return nobody(stage, action.between);
      network.reset(a, b);
      return undefined;
    }
  }
}

function toProcess(stage: Stage, { do: what, server }: ProcessAction): string | undefined {
  const node = stage.nodeOf(server);
  if (node < 0) return nobody(stage, [server]);
  const process = stage.processes[node] as Process;
  const { state } = process;
  const id = stage.idOf(node);
  switch (what) {
    case "boot":
      if (state !== "down") return `server ${id} is running already`;
      if (process.bootProblem !== undefined) return process.bootProblem;
      process.boot();
      return undefined;
    case "crash":
      if (state === "down") return `server ${id} is not running`;
      process.crash();
      return undefined;
    case "restart":
      if (process.bootProblem !== undefined) return process.bootProblem;
      if (state !== "down") process.crash();
      process.boot();
      return undefined;
    case "pause":
      if (state !== "up") return `server ${id} is ${state}, so it can't be paused`;
      process.pause();
      return undefined;
    case "resume":
      if (state !== "paused") return `server ${id} is ${state}, so it can't be resumed`;
      process.resume();
      return undefined;
    case "wipe":
      if (!(process instanceof ServingProcess)) return `${id} is a client, and has no disk`;
      if (state !== "down") return `server ${id} is ${state}; crash it before its disk is wiped`;
      process.wipe();
      return undefined;
  }
}

function partition(stage: Stage, groups: readonly (readonly ServerRef[])[]): string | undefined {
  const groupOf = new Map<number, number>();
  for (const [number, group] of groups.entries()) {
    for (const ref of group) {
      const node = stage.nodeOf(ref);
      if (node < 0) return nobody(stage, [ref]);
      groupOf.set(node, number);
    }
  }
  eachPair(stage, (from, to) => {
    const group = groupOf.get(from);
    stage.network.setCut(from, to, group === undefined || group !== groupOf.get(to));
  });
  return undefined;
}

function onLinks(
  stage: Stage,
  action: LinkAction,
  change: (from: number, to: number) => void,
): string | undefined {
  const froms = action.from.map((ref) => stage.nodeOf(ref));
  const tos = action.to.map((ref) => stage.nodeOf(ref));
  if (froms.includes(-1)) return nobody(stage, action.from);
  if (tos.includes(-1)) return nobody(stage, action.to);
  for (const from of froms) {
    for (const to of tos) {
      if (from === to) continue;
      change(from, to);
      if (action.oneWay !== true) change(to, from);
    }
  }
  return undefined;
}

function eachPair({ processes }: Stage, visit: (from: number, to: number) => void): void {
  for (const from of processes.keys()) {
    for (const to of processes.keys()) if (from !== to) visit(from, to);
  }
}

function nobody(stage: Stage, refs: readonly ServerRef[]): string {
  const missing = refs.find((ref) => stage.nodeOf(ref) < 0);
  return missing === "leader" ? "no server leads" : `there is no server ${missing}`;
}
