/**
 * The rules of Zab that ZooKeeper once had wrong, or still has, each asked for in one place. A server is built with one
 * set and keeps it. All true is the protocol as it should be; `vivarium bugs` lists what happens without each.
 */
export interface ZabRules {
  /** The promise of an epoch is kept on disk, and a new epoch is above all promises of a quorum (ZOOKEEPER-335). */
  readonly keepsPromises: boolean;
  /** A leader's last zxid becomes (epoch, 0) once a quorum has its history, and not before (ZOOKEEPER-790). */
  readonly raisesZxidAfterQuorum: boolean;
  /** A learner with a transaction that its leader lacks is told to truncate, also in the middle (ZOOKEEPER-1154). */
  readonly truncatesWithinLog: boolean;
  /** DIFF announces transactions; it does not make the learner have them (ZOOKEEPER-2355). */
  readonly raisesZxidByTransactions: boolean;
  /** Who leaves a role applies what its log holds, so that its next vote covers it (ZOOKEEPER-2845). */
  readonly fastForwards: boolean;
  /** NEWLEADER is acknowledged when the leader's history is on disk (ZOOKEEPER-3911). */
  readonly logsBeforeNewLeaderAck: boolean;
  /** currentEpoch is written behind the history that belongs to it (ZOOKEEPER-4643). */
  readonly writesEpochAfterLog: boolean;
  /** No proposal is acknowledged before NEWLEADER is (ZOOKEEPER-4685). */
  readonly acksNewLeaderFirst: boolean;
  /** Who leaves a role first lets its log be written to the end (ZOOKEEPER-4712). */
  readonly drainsLogFirst: boolean;
  /** A server whose log is of a later epoch than its file takes that epoch and starts (ZOOKEEPER-1653). */
  readonly adoptsEpochOfLog: boolean;
  /** What a learner acknowledged and is now told to give up has to be acknowledged again. */
  readonly withdrawsAcks: boolean;
  /** TRUNC removes snapshots above its target as well (ZOOKEEPER-1549, ZOOKEEPER-4837). */
  readonly truncatesSnapshots: boolean;
  /** TRUNC removes the first transaction above its target, also where the target itself is missing. */
  readonly truncatesAtTarget: boolean;
}

export const ZAB_RULES: ZabRules = {
  keepsPromises: true,
  raisesZxidAfterQuorum: true,
  truncatesWithinLog: true,
  raisesZxidByTransactions: true,
  fastForwards: true,
  logsBeforeNewLeaderAck: true,
  writesEpochAfterLog: true,
  acksNewLeaderFirst: true,
  drainsLogFirst: true,
  adoptsEpochOfLog: true,
  withdrawsAcks: true,
  truncatesSnapshots: true,
  truncatesAtTarget: true,
};
