/**
 * The Java system properties that steer elections and joining, as ZooKeeper reads them. All of them have the
 * prefix `zookeeper.`, so a zoo.cfg sets them by the rest of the name: `cnxTimeout=2000`.
 */
import { decodeInt32, decodeInt64, numberFormatMessage, parseInt32 } from "./java-numbers.ts";
import type { JavaError } from "./java-throwable.ts";

export interface ElectionSettings {
  /** `FastLeaderElection`: the first wait for notifications; it doubles up to the maximum. */
  readonly minNotificationIntervalMs: number;
  readonly maxNotificationIntervalMs: number;
  /** `QuorumCnxManager`: the timeout of a connection to an election port. */
  readonly cnxTimeoutMs: number;
  /** `QuorumCnxManager.Listener`: attempts to bind the election port, 0 for no end. */
  readonly electionPortBindRetry: number;
  /** `Learner`: the pause between attempts to reach the leader. */
  readonly leaderConnectDelayDuringRetryMs: number;
  /** `Leader`: after so long in wait for an epoch, one voter that looks again ends the attempt; negative: off. */
  readonly maxTimeToWaitForEpochMs: number;
  /** `Observer`: the longest random delay before an observer takes part in an election again. */
  readonly observerElectionDelayMs: number;
  /** `Observer`: the longest random delay before it connects again. */
  readonly observerReconnectDelayMs: number;
}

/** What a server without any of the properties uses. */
export const DEFAULT_ELECTION_SETTINGS: ElectionSettings = {
  minNotificationIntervalMs: 200,
  maxNotificationIntervalMs: 60_000,
  cnxTimeoutMs: 5000,
  electionPortBindRetry: 3,
  leaderConnectDelayDuringRetryMs: 100,
  maxTimeToWaitForEpochMs: -1,
  observerElectionDelayMs: 200,
  observerReconnectDelayMs: 0,
};

/**
 * `Integer.getInteger` and `Long.getLong` take 0x1f and 017 and fall back to the default for nonsense. Only
 * `cnxTimeout` is parsed strictly: see `cnxTimeoutError`.
 */
export function electionSettings(
  systemProperties: Readonly<Record<string, string>>,
): ElectionSettings {
  const defaults = DEFAULT_ELECTION_SETTINGS;
  const getInteger = (name: string, otherwise: number): number =>
    decodeInt32(systemProperties[`zookeeper.${name}`] ?? "") ?? otherwise;
  const getLong = (name: string, otherwise: number): number =>
    Number(decodeInt64(systemProperties[`zookeeper.${name}`] ?? "") ?? otherwise);
  const bindRetry = getInteger("electionPortBindRetry", defaults.electionPortBindRetry);
  return {
    minNotificationIntervalMs: getInteger(
      "fastleader.minNotificationInterval",
      defaults.minNotificationIntervalMs,
    ),
    maxNotificationIntervalMs: getInteger(
      "fastleader.maxNotificationInterval",
      defaults.maxNotificationIntervalMs,
    ),
    cnxTimeoutMs: parseInt32(systemProperties[CNX_TIMEOUT] ?? "") ?? defaults.cnxTimeoutMs,
    electionPortBindRetry: bindRetry < 0 ? defaults.electionPortBindRetry : bindRetry,
    leaderConnectDelayDuringRetryMs: getInteger(
      "leaderConnectDelayDuringRetryMs",
      defaults.leaderConnectDelayDuringRetryMs,
    ),
    maxTimeToWaitForEpochMs: getInteger(
      "leader.maxTimeToWaitForEpoch",
      defaults.maxTimeToWaitForEpochMs,
    ),
    observerElectionDelayMs: getLong("observer.election.DelayMs", defaults.observerElectionDelayMs),
    observerReconnectDelayMs: getLong(
      "observer.reconnectDelayMs",
      defaults.observerReconnectDelayMs,
    ),
  };
}

/** The exception of `QuorumCnxManager`'s constructor for a `cnxTimeout` that is no int. */
export function cnxTimeoutError(
  systemProperties: Readonly<Record<string, string>>,
): JavaError | undefined {
  const text = systemProperties[CNX_TIMEOUT];
  if (text === undefined || parseInt32(text) !== undefined) return undefined;
  return { kind: "NumberFormatException", message: numberFormatMessage(text) };
}

const CNX_TIMEOUT = "zookeeper.cnxTimeout";
