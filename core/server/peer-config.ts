import { electionSettings } from "../config/election-settings.ts";
import { formatEnsemble, formatServer } from "../config/format.ts";
import type { ServerCfg, ZooCfg } from "../config/zoo-cfg-types.ts";
import type { QuorumVerifier } from "../quorum/verifier.ts";
import type { Member, PeerConfig } from "./peer.ts";

/**
 * What each server of an ensemble is told when it is built. They share one zoo.cfg and differ in their myid, as in
 * practice, so one file gives the configuration of all of them.
 */
export function peersOf(config: ZooCfg): PeerConfig[] {
  const verifier = verifierOf(config);
  const settings = electionSettings(config.systemProperties);
  const members: readonly Member[] = config.servers.map((server) => ({
    id: server.id,
    type: server.type,
    electionAddress: electionAddressOf(server),
  }));
  // What QuorumVerifier.toString gives, and notifications carry.
  const configText = `${formatEnsemble(config)}version=${config.quorumVersion.toString(16)}`;
  return config.servers.map((server) => ({
    id: server.id,
    type: server.type,
    members,
    verifier,
    configText,
    configVersion: config.quorumVersion,
    tickMs: config.tickTime,
    initLimit: config.initLimit,
    syncLimit: config.syncLimit,
    connectToLearnerMasterLimit: config.connectToLearnerMasterLimit,
    minNotificationMs: settings.minNotificationIntervalMs,
    maxNotificationMs: settings.maxNotificationIntervalMs,
    cnxTimeoutMs: settings.cnxTimeoutMs,
    leaderConnectDelayMs: settings.leaderConnectDelayDuringRetryMs,
    maxTimeToWaitForEpochMs: settings.maxTimeToWaitForEpochMs,
    observerElectionDelayMs: settings.observerElectionDelayMs,
  }));
}

/** An oracle decides only for two servers of which one is gone; as long as nobody asks it, a majority does. */
function verifierOf(config: ZooCfg): QuorumVerifier {
  const { quorumVerifier } = config;
  if (quorumVerifier.kind === "oracle") {
    return { kind: "majority", voters: quorumVerifier.voters };
  }
  return quorumVerifier;
}

function electionAddressOf(server: ServerCfg): string {
  const address = server.addresses[0];
  return address === undefined ? formatServer(server) : `${address.host}:${address.electionPort}`;
}
