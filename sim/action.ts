import type { LinkSpec, MessageFaults } from "./network/link.ts";

/**
 * What can be done to a world, as data: by a scenario's step, a fault plan, a line in a shell, a click. A server is
 * named by its id, or as whoever leads when the action is done.
 */
export type ServerRef = number | "leader";

export type Action =
  | { readonly do: "boot" | "crash" | "restart" | "pause" | "resume"; readonly server: ServerRef }
  /** A server that is down loses all that is on its disk but its myid: a new machine takes its place. */
  | { readonly do: "wipe"; readonly server: ServerRef }
  /** Cuts or mends the links from each of `from` to each of `to`; both ways unless `oneWay`. */
  | {
      readonly do: "cut" | "mend" | "clog" | "unclog";
      readonly from: readonly ServerRef[];
      readonly to: readonly ServerRef[];
      readonly oneWay?: boolean | undefined;
    }
  /** Cuts every link between servers of different groups. Whoever is in no group is alone. */
  | { readonly do: "partition"; readonly groups: readonly (readonly ServerRef[])[] }
  /** Mends and frees every link. */
  | { readonly do: "heal" }
  /** Breaks the connections between two servers, and leaves the link as it is. */
  | { readonly do: "reset"; readonly between: readonly [ServerRef, ServerRef] }
  /** Changes what the links from each of `from` to each of `to` are like; both ways unless `oneWay`. */
  | {
      readonly do: "link";
      readonly from: readonly ServerRef[];
      readonly to: readonly ServerRef[];
      readonly oneWay?: boolean | undefined;
      readonly change: Partial<LinkSpec>;
    }
  /** What happens to single notifications from now on; null for nothing out of the ordinary. */
  | { readonly do: "messageFaults"; readonly faults: MessageFaults | null };

export const ACTION_NAMES = [
  "boot",
  "crash",
  "restart",
  "pause",
  "resume",
  "wipe",
  "cut",
  "mend",
  "clog",
  "unclog",
  "partition",
  "heal",
  "reset",
  "link",
  "messageFaults",
] as const satisfies readonly Action["do"][];

/** Every server that an action names, for checking it before anything runs. */
export function serversOf(action: Action): ServerRef[] {
  switch (action.do) {
    case "boot":
    case "crash":
    case "restart":
    case "pause":
    case "resume":
    case "wipe":
      return [action.server];
    case "cut":
    case "mend":
    case "clog":
    case "unclog":
    case "link":
      return [...action.from, ...action.to];
    case "partition":
      return action.groups.flat();
    case "heal":
    case "messageFaults":
      return [];
    case "reset":
      return [...action.between];
  }
}
