/** The conditions of a predicate that are said of servers, `{"1,2": …}`. */
export const PER_SERVER = [
  "state",
  "process",
  "votes",
  "follows",
  "quorumAgrees",
  "round",
  "leaderEpoch",
  "acceptedEpoch",
  "currentEpoch",
  "zxid",
  "logged",
  "phase",
  "serving",
  "sync",
  "nodesOn",
] as const;

/** The conditions that are said of clients, `{"alice": …}`. */
export const PER_CLIENT = ["clients", "session", "sessions", "connectedTo", "events"] as const;

/** What only an ensemble has. */
export const ELECTION_CONDITIONS = [
  "leader",
  "state",
  "votes",
  "follows",
  "quorumAgrees",
  "round",
  "leaderEpoch",
  "acceptedEpoch",
  "currentEpoch",
  "logged",
  "phase",
  "serving",
  "sync",
  "nodesOn",
  "same",
  "committed",
] as const;

export type PerServer = (typeof PER_SERVER)[number];

/** The servers that a key such as `1,2` or `all` stands for. */
export function serversOfKey(key: string, all: readonly number[]): readonly number[] {
  return key === "all" ? all : key.split(",").map(Number);
}
