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
] as const;

/** The conditions that are said of clients, `{"alice": …}`. */
export const PER_CLIENT = ["clients", "session", "sessions", "events"] as const;

/** What only a standalone server and its clients have. */
export const SERVICE_CONDITIONS = [
  ...PER_CLIENT,
  "nodes",
  "step",
  "client",
  "outcome",
  "failedAt",
  "got",
] as const;

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
] as const;

export type PerServer = (typeof PER_SERVER)[number];

/** The servers that a key such as `1,2` or `all` stands for. */
export function serversOfKey(key: string, all: readonly number[]): readonly number[] {
  return key === "all" ? all : key.split(",").map(Number);
}
