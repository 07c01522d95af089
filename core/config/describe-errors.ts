/**
 * Says for people why a configuration was refused: file, line, key, and what was expected. ZooKeeper's own text
 * stays what it is, in the result's `errors`.
 */
import { assertNever } from "../assert-never.ts";
import type { JavaError } from "./java-throwable.ts";
import type { NumberKind, Problem } from "./problem.ts";
import type { ZooCfgResult } from "./zoo-cfg.ts";

/** `zoo.cfg:3: initLimit is not set. An ensemble of 3 voters needs it (in ticks).` */
export function describeProblem(problem: Problem): string {
  const line = problem.line === undefined ? "" : `:${problem.line}`;
  return `${baseName(problem.file)}${line}: ${explain(problem)}`;
}

/** ZooKeeper's exception chain on one line, as its log would have it. */
export function formatErrors(errors: readonly JavaError[]): string {
  return errors.map(({ kind, message }) => `${kind}: ${message}`).join(", caused by ");
}

/** Both, for a refusal; undefined for a configuration that was accepted. */
export function describeRefusal(result: ZooCfgResult): string | undefined {
  if (result.accepted) return undefined;
  return `${describeProblem(result.problem)}\nZooKeeper says: ${formatErrors(result.errors)}`;
}

function explain(problem: Problem): string {
  const key = problem.key ?? "the value";
  switch (problem.kind) {
    case "file-missing":
      return problem.key === undefined
        ? "there is no such file."
        : `${key} names a file that does not exist.`;
    case "malformed-escape":
      return "\\u must be followed by four hexadecimal digits. Write a backslash itself as \\\\.";
    case "not-a-number":
      return `${key}: ${quoted(problem.text)} is not ${NUMBERS[problem.expected]}.${blankHint(problem.text)}`;
    case "not-a-boolean":
      return `${key} is ${quoted(problem.text)}, but must be true or false.`;
    case "path-too-short":
      return `${key} is ${quoted(problem.text)}. ZooKeeper fails on a relative path this short; write an absolute path.`;
    case "election-algorithm":
      return `${key} is ${quoted(problem.text)}, but 3 (fast leader election) is the only one left.`;
    case "peer-type":
      return `${key}: ${quoted(problem.text)} is neither participant nor observer.`;
    case "belongs-in-dynamic-file":
      return `${key} may not stand here beside dynamicConfigFile. Move it to ${problem.dynamicFile}.`;
    case "unknown-in-dynamic-file":
      return `${key} may not stand in a dynamic file, which has server, group and weight lines only.`;
    case "version-in-dynamic-file":
      return "a dynamic file has its version at the end of its name, not inside.";
    case "sasl-needs":
      return `${key} is true, which needs ${problem.other}=true as well.`;
    case "data-dir-unset":
      return "dataDir is not set. ZooKeeper keeps its snapshots and its myid file there.";
    case "tick-time-unset":
      return "tickTime is 0, which counts as not set. It must be a length in ms, such as 2000.";
    case "limit-unset": {
      const isSet = problem.line !== undefined;
      const how = isSet ? "is 0, which counts as not set" : "is not set";
      return `${key} ${how}. ${ensembleOf(problem.voters)} needs it (in ticks).`;
    }
    case "port-unset":
      return `${key} is set, but ${problem.portKey} is not (0 counts as not set).`;
    case "port-out-of-range":
      return `${key}: ${problem.port} is no port. Ports go from 0 to 65535.`;
    case "unknown-host":
      return `${key}: ${quoted(problem.host)} is neither an address nor a name that can be resolved.`;
    case "no-auth-provider":
      return `there is no authProvider.${problem.scheme} for the scheme that ssl.authProvider names.`;
    case "session-timeouts":
      return (
        `the shortest session timeout, ${problem.min} ms, is longer than the longest, ${problem.max} ms. ` +
        "Unless set, minSessionTimeout is 2 ticks and maxSessionTimeout 20."
      );
    case "metrics-provider":
      return `${key}: there is no class ${quoted(problem.className)}.`;
    case "server-line-form":
      return (
        `${key}: ${quoted(problem.text)} is not of the form ` +
        "host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort]."
      );
    case "several-addresses":
      return `${key} has several addresses, but zookeeper.multiAddress.enabled is not set for the Java process. (The key multiAddress.enabled in this file does not suffice.)`;
    case "mixed-roles":
      return `${key} names the server a participant at one address and an observer at another.`;
    case "same-ports":
      return `${key}: the quorum port and the election port are both ${problem.port}, but must differ.`;
    case "no-group":
      return `server ${problem.server} is in no group. Where there are group or weight lines, each participant must be in one group.`;
    case "several-groups":
      return `${key}: server ${problem.server} is in a group already.`;
    case "group-without-weight":
      return `the groups name ${problem.servers.join(", ")}, for which there is neither a participant's server line nor a weight line.`;
    case "no-participants":
      return problem.standalone
        ? `all ${problem.observers} servers are observers. An ensemble needs participants, which vote.`
        : "standaloneEnabled is false, so at least one server must be a participant.";
    case "observers-without-quorum":
      return `there is one participant for ${problem.observers} observers. Observers need an ensemble: two or more participants, or standaloneEnabled=false.`;
    case "myid-missing":
      return problem.isUnsetValue
        ? "−1 counts as no id. Write the number of this server's own server line."
        : `there is no such file. ${ensembleOf(problem.voters)} needs it: the number of this server's own server line.`;
    case "myid-not-a-number":
      return problem.text === null
        ? "the file is empty. It must hold the number of this server's own server line."
        : `${quoted(problem.text)} is not ${NUMBERS.long}.${blankHint(problem.text)}`;
    case "client-address":
      return `${key} says that clients connect at ${problem.fromServerLine}, but clientPort says ${problem.fixed}. Leave one of them out.`;
    default:
      return assertNever(problem);
  }
}

const NUMBERS: Readonly<Record<NumberKind, string>> = {
  int: "a whole number from −2147483648 to 2147483647",
  long: "a whole number of at most 64 bits",
  "hex-long": "a hexadecimal number of at most 64 bits",
};

function ensembleOf(voters: number): string {
  return voters === 1 ? "An ensemble of 1 voter" : `An ensemble of ${voters} voters`;
}

/** ZooKeeper trims some values and not others; the eye sees no blank in either. */
function blankHint(text: string): string {
  return /^\s|\s$/.test(text) ? " A blank around it counts." : "";
}

function quoted(text: string): string {
  return `"${text}"`;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1) || path;
}
