/** The ensemble, and the place in it of the server that reads the file. */
import { type Ensemble, readEnsemble } from "./ensemble-properties.ts";
import { childOf } from "./java-file.ts";
import type { Properties } from "./java-properties.ts";
import { throwConfigException, throwIllegalArgument } from "./java-throwable.ts";
import { parseMyId, UNSET_SERVER_ID } from "./myid.ts";
import type { Problem } from "./problem.ts";
import { isMultiAddress, type Reading } from "./reading.ts";
import { isAnyLocal, javaToString, sameAddress, type SocketAddress } from "./socket-address.ts";
import type { StaticAddress, StaticPart } from "./static-checks.ts";
import { placeOf } from "./static-settings.ts";
import type { LearnerType } from "./zoo-cfg-types.ts";

/** What `setupQuorumPeerConfig` settles. */
export interface EnsemblePart {
  readonly ensemble: Ensemble;
  readonly sid: bigint;
  readonly clientPortAddress: SocketAddress | null;
  readonly peerType: LearnerType;
  readonly distributed: boolean;
}

/** `setupQuorumPeerConfig`: the verifier, myid, the client's port, the peer type, then the ensemble's limits. */
export function setupEnsemble(
  properties: Properties,
  file: string,
  reading: Reading,
  fixed: StaticPart,
): EnsemblePart {
  const { settings, options, warnings } = reading;
  const standaloneEnabled = settings.booleans.get("standaloneEnabled") ?? true;
  const ensemble = readEnsemble(properties, {
    file,
    oraclePath: settings.texts.get("oraclePath"),
    isMultiAddress: isMultiAddress(reading),
  });
  checkMembers(ensemble, standaloneEnabled, file, warnings);
  const myidPath = childOf(fixed.dataDir, "myid");
  const myid = options.myid ?? options.readFile?.(myidPath);
  const sid = myid === undefined ? UNSET_SERVER_ID : parseMyId(myid, myidPath);
  const clientPortAddress = setupClientPort(ensemble, sid, fixed.clientPortAddress);
  const peerType: LearnerType = ensemble.observers.has(sid) ? "OBSERVER" : "PARTICIPANT";
  if (peerType !== settings.peerType) {
    warnings.push(
      `Peer type from servers list (${peerType}) doesn't match peerType (${settings.peerType}).` +
        " Defaulting to servers list.",
    );
  }
  const distributed = !standaloneEnabled || ensemble.voters.size > 1;
  if (distributed) checkDistributed(reading, ensemble, sid, myidPath, myid !== undefined);
  return { ensemble, sid, clientPortAddress, peerType, distributed };
}

/** `parseDynamicConfig`, behind the verifier. */
function checkMembers(
  ensemble: Ensemble,
  standaloneEnabled: boolean,
  file: string,
  warnings: string[],
): void {
  const voters = ensemble.voters.size;
  const observers = ensemble.observers.size;
  if (voters === 0) {
    const problem: Problem = {
      kind: "no-participants",
      observers,
      standalone: standaloneEnabled,
      file,
    };
    if (!standaloneEnabled) {
      throwIllegalArgument(
        "standaloneEnabled = false then number of participants should be >0",
        problem,
      );
    }
    if (observers > 0) {
      throwIllegalArgument("Observers w/o participants is an invalid configuration", problem);
    }
  } else if (voters === 1 && standaloneEnabled) {
    warnings.push("Invalid configuration, only one server specified (ignoring)");
    if (observers > 0) {
      throwIllegalArgument("Observers w/o quorum is an invalid configuration", {
        kind: "observers-without-quorum",
        observers,
        file,
      });
    }
  } else if (voters <= 2) {
    warnings.push("No server failure will be tolerated. You need at least 3 servers.");
  } else if (voters % 2 === 0) {
    warnings.push("Non-optimal configuration, consider an odd number of servers.");
  }
}

/** The client address of the server that reads the file: its server line decides, and may not contradict. */
function setupClientPort(
  ensemble: Ensemble,
  sid: bigint,
  fixed: StaticAddress | null,
): SocketAddress | null {
  const plain = fixed === null ? null : { host: fixed.host, port: fixed.port };
  const member = sid === UNSET_SERVER_ID ? undefined : ensemble.members.get(sid);
  const fromLine = member?.clientAddress ?? null;
  if (member === undefined || fromLine === null) return plain;
  if (fixed === null) return fromLine;
  const agrees = isAnyLocal(fixed) ? fixed.port === fromLine.port : sameAddress(fixed, fromLine);
  if (!agrees) {
    const fixedText = javaToString(fixed, fixed.isFromPortAlone);
    const lineText = javaToString(fromLine);
    throwConfigException(
      `client address for this server (id = ${sid}) in static config file is ${fixedText}` +
        ` is different from client address found in dynamic file: ${lineText}`,
      {
        kind: "client-address",
        fixed: `${fixed.host}:${fixed.port}`,
        fromServerLine: `${fromLine.host}:${fromLine.port}`,
        ...member.place,
      },
    );
  }
  return fromLine;
}

/** `checkValidity`. */
function checkDistributed(
  reading: Reading,
  ensemble: Ensemble,
  sid: bigint,
  myidPath: string,
  hasMyid: boolean,
): void {
  const { settings, options } = reading;
  const voters = ensemble.voters.size;
  for (const key of ["initLimit", "syncLimit"] as const) {
    if ((settings.ints.get(key) ?? 0) !== 0) continue;
    throwIllegalArgument(`${key} is not set`, {
      kind: "limit-unset",
      voters,
      ...placeOf(settings, options.configPath, key),
    });
  }
  if (sid === UNSET_SERVER_ID) {
    throwIllegalArgument("myid file is missing", {
      kind: "myid-missing",
      voters,
      isUnsetValue: hasMyid,
      file: myidPath,
    });
  }
}
