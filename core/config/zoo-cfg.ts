/**
 * Reads a zoo.cfg as ZooKeeper 3.8.0 does (`QuorumPeerConfig.parse`, `parseProperties`,
 * `setupQuorumPeerConfig`): the same values, or the same exceptions in the same order of checks.
 *
 * The one thing that is not done is to ask the network: a well-formed host counts as resolvable.
 */
import { assemble } from "./assemble.ts";
import { type Ensemble, isGroupKey, readEnsemble } from "./ensemble-properties.ts";
import { type EnsemblePart, setupEnsemble } from "./ensemble-setup.ts";
import { fileName } from "./java-file.ts";
import { propertiesOrder } from "./java-hash-order.ts";
import { parseInt64, toHexString } from "./java-numbers.ts";
import type { Properties } from "./java-properties.ts";
import { trim } from "./java-strings.ts";
import {
  ILLEGAL_ARGUMENTS,
  type JavaError,
  JavaThrowable,
  processing,
  throwConfigException,
  throwIllegalArgument,
  throwJava,
} from "./java-throwable.ts";
import type { Problem } from "./problem.ts";
import { isMultiAddress, load, type Reading, type ZooCfgOptions } from "./reading.ts";
import { checkStaticPart, type StaticPart } from "./static-checks.ts";
import { checkedPath, placeOf, readStaticSettings } from "./static-settings.ts";
import type { ZooCfg } from "./zoo-cfg-types.ts";

export type { ZooCfgOptions } from "./reading.ts";

export type ZooCfgResult =
  | { readonly accepted: true; readonly config: ZooCfg }
  | {
      readonly accepted: false;
      /** The exception that ZooKeeper logs and its causes, outermost first. */
      readonly errors: readonly [JavaError, ...JavaError[]];
      /** Where and why, for a message to people (`describeProblem`). */
      readonly problem: Problem;
      /** What the process ends with: 2 for an invalid configuration, 1 for an exception nobody expected. */
      readonly exitCode: 1 | 2;
    };

/** `text` is undefined if there is no such file. */
export function parseZooCfg(text: string | undefined, options: ZooCfgOptions): ZooCfgResult {
  try {
    return { accepted: true, config: parse(text, options) };
  } catch (thrown) {
    if (!(thrown instanceof JavaThrowable)) throw thrown;
    const [outermost] = thrown.chain;
    const isExpected =
      outermost.kind === "ConfigException" || ILLEGAL_ARGUMENTS.has(outermost.kind);
    return {
      accepted: false,
      errors: thrown.chain,
      problem: thrown.problem,
      exitCode: isExpected ? 2 : 1,
    };
  }
}

function parse(text: string | undefined, options: ZooCfgOptions): ZooCfg {
  const { configPath } = options;
  const warnings: string[] = [];
  const inline = processing(configPath, () => {
    const name = checkedPath(configPath, { file: configPath }, warnings);
    if (text === undefined) {
      throwIllegalArgument(`${name} file is missing`, { kind: "file-missing", file: configPath });
    }
    const properties = load(text, configPath);
    const settings = readStaticSettings(properties, configPath);
    const reading: Reading = {
      options,
      settings,
      systemProperties: inFileOrder(settings.systemProperties, properties, options),
      warnings,
    };
    warnings.push(...settings.warnings);
    const fixed = checkStaticPart(reading);
    const dynamicFile = settings.texts.get("dynamicConfigFile");
    const part =
      dynamicFile === undefined ? setupEnsemble(properties, configPath, reading, fixed) : undefined;
    return { reading, fixed, dynamicFile, part };
  });
  const { reading, fixed, dynamicFile } = inline;
  const part =
    inline.part ??
    processing(dynamicFile ?? "", () => setupDynamic(dynamicFile ?? "", reading, fixed));
  const lastSeen = dynamicFile === undefined ? undefined : readNext(reading);
  return assemble(reading, fixed, part, lastSeen);
}

/** The process's own properties, then those of the file, in file order. */
function inFileOrder(
  fromFile: ReadonlyMap<string, string>,
  properties: Properties,
  options: ZooCfgOptions,
): Map<string, string> {
  const ordered = new Map<string, string>(Object.entries(options.systemProperties ?? {}));
  for (const rawKey of properties.keys()) {
    const name = `zookeeper.${trim(rawKey)}`;
    const value = fromFile.get(name);
    if (value !== undefined) ordered.set(name, value);
  }
  return ordered;
}

/** The dynamic half of `QuorumPeerConfig.parse`. */
function setupDynamic(path: string, reading: Reading, fixed: StaticPart): EnsemblePart {
  const content = reading.options.readFile?.(path);
  if (content === undefined) {
    throwJava("FileNotFoundException", `${fileName(path)} (No such file or directory)`, {
      kind: "file-missing",
      ...placeOf(reading.settings, reading.options.configPath, "dynamicConfigFile"),
    });
  }
  const properties = new Map(load(content, path));
  const version = properties.get("version");
  if (version !== undefined) {
    throwConfigException("dynamic file shouldn't have version inside", {
      kind: "version-in-dynamic-file",
      file: path,
      key: "version",
      line: version.line,
    });
  }
  const fromName = versionFromFilename(path);
  if (fromName !== undefined) properties.set("version", { value: fromName, line: 0 });
  for (const rawKey of propertiesOrder(properties.keys())) {
    const key = trim(rawKey);
    if (isGroupKey(key) || key.startsWith("server.") || key === "version") continue;
    const line = properties.get(rawKey)?.line;
    throwConfigException(`Unrecognised parameter: ${key}`, {
      kind: "unknown-in-dynamic-file",
      file: path,
      key,
      ...(line === undefined ? {} : { line }),
    });
  }
  return setupEnsemble(properties, path, reading, fixed);
}

/** `getVersionFromFilename`: what follows the last dot, if it is hex. */
function versionFromFilename(path: string): string | undefined {
  const dot = path.lastIndexOf(".");
  const version = dot < 0 ? undefined : parseInt64(path.slice(dot + 1), 16);
  return version === undefined ? undefined : toHexString(version);
}

/** `lastSeenQuorumVerifier`; its exceptions pass as they are, even the illegal arguments. */
function readNext(reading: Reading): Ensemble | undefined {
  const path = `${reading.options.configPath}.dynamic.next`;
  const content = reading.options.readFile?.(path);
  if (content === undefined) return undefined;
  return readEnsemble(load(content, path), {
    file: path,
    oraclePath: undefined,
    isMultiAddress: isMultiAddress(reading),
  });
}
