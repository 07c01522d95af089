import { fileURLToPath } from "node:url";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { distance } from "fastest-levenshtein";
import { CaseError, kindsIn, readCases } from "./cases.ts";
import { type CaseResult, checkCase, type Kind, KINDS } from "./kinds.ts";

/** `npm run conformance`: compares the simulator with what a real ZooKeeper 3.8.0 answered. */

interface Options {
  readonly data: string;
  readonly kind: readonly Kind[];
  readonly json?: boolean;
}

interface KindReport {
  readonly kind: string;
  readonly agreed: number;
  readonly all: number;
  readonly parts?: { readonly of: string; readonly agreed: number; readonly all: number };
  /** Of those that agreed, how many did with a real ensemble in place of the recorded standalone server. */
  readonly asEnsemble?: number;
  readonly disagreeing: readonly CaseResult[];
}

const NAME_WIDTH = Math.max(...KINDS.map(({ name }) => name.length)) + 1;
const OWN_DATA = fileURLToPath(new URL("../../test/conformance/data", import.meta.url));

function main(): number {
  const program = new Command("conformance")
    .description("Compares the simulator with recorded answers of a real ZooKeeper 3.8.0.")
    .addOption(
      new Option("--data <dir>", "a folder of recorded cases").default(OWN_DATA, "the project's"),
    )
    .addOption(
      new Option("--kind <kind...>", `kinds to compare: ${KINDS.map((k) => k.name).join(", ")}`)
        .argParser(addKind)
        .default([], "all that there are"),
    )
    .option("--json", "one JSON document instead of text")
    .addHelpText(
      "after",
      `
Kinds:
${KINDS.map(({ name, about }) => `  ${name.padEnd(NAME_WIDTH)} ${about}`).join("\n")}

Exit code: 0 if all cases agree, 1 if one does not, 2 if the input can't be used.

Examples:
  npm run conformance
  npm run conformance -- --kind zoocfg
  npm run conformance -- --data ./recorded --json`,
    )
    .exitOverride()
    .allowExcessArguments(false)
    .parse();
  const options = program.opts<Options>();
  const kinds = options.kind.length > 0 ? options.kind : kindsToCompare(options.data);
  const reports = kinds.map((kind) => report(kind, options));
  if (options.json === true) process.stdout.write(`${JSON.stringify({ reports }, null, 2)}\n`);
  return reports.every(({ agreed, all }) => agreed === all) ? 0 : 1;
}

/** Without --kind, all that the folder has and this version can compare; what it can't is named. */
function kindsToCompare(folder: string): readonly Kind[] {
  const present = kindsIn(folder);
  const kinds = KINDS.filter(({ folder: own }) => present.includes(own));
  const others = present.filter((name) => !KINDS.some((kind) => kind.folder === name));
  if (kinds.length === 0) {
    const names = [...new Set(KINDS.map((kind) => `${kind.folder}/`))].join(" or ");
    throw new CaseError(`${folder}: has no folder ${names} with files of recorded cases (*.jsonl)`);
  }
  if (others.length > 0) process.stderr.write(`not compared yet: ${others.join(", ")}\n`);
  return kinds;
}

function report(kind: Kind, options: Options): KindReport {
  const { compares } = kind;
  const cases = readCases(options.data, kind.folder).filter(
    ({ content }) => compares === undefined || compares(content),
  );
  const results: CaseResult[] = [];
  for (const recorded of cases) {
    progress(`${kind.name}: ${results.length} of ${cases.length} compared`);
    results.push(checkCase(kind, recorded));
  }
  progress("");
  const disagreeing = results.filter(({ differences }) => differences.length > 0);
  const asEnsemble = results.filter((result) => result.asEnsemble === true).length;
  const parts = results.flatMap((result) => (result.parts === undefined ? [] : [result.parts]));
  const of = parts[0]?.of;
  const summary: KindReport = {
    kind: kind.name,
    agreed: results.length - disagreeing.length,
    all: results.length,
    ...(of === undefined
      ? {}
      : { parts: { of, agreed: sum(parts, (p) => p.agreed), all: sum(parts, (p) => p.all) } }),
    ...(asEnsemble === 0 ? {} : { asEnsemble }),
    disagreeing,
  };
  if (options.json !== true) print(summary);
  return summary;
}

function print({ kind, agreed, all, parts, asEnsemble, disagreeing }: KindReport): void {
  for (const { id, differences } of disagreeing) {
    process.stdout.write(`${kind}: ${id} differs\n`);
    for (const difference of differences) process.stdout.write(`  ${difference}\n`);
  }
  if (parts !== undefined) {
    process.stdout.write(`${kind}: ${parts.agreed} of ${parts.all} ${parts.of} agree\n`);
  }
  const otherwise =
    asEnsemble === undefined
      ? ""
      : ` (${asEnsemble} ${asEnsemble === 1 ? "differs" : "differ"} from a standalone server as a real ensemble does)`;
  process.stdout.write(`${kind}: ${agreed} of ${all} agree${otherwise}\n`);
}

/** One line that is written over, for people only. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}

function addKind(name: string, before: readonly Kind[]): readonly Kind[] {
  const kind = KINDS.find((known) => known.name === name);
  if (kind !== undefined) return [...before, kind];
  const [nearest] = KINDS.map((known) => known.name).sort(
    (a, b) => distance(a, name) - distance(b, name) || (a < b ? -1 : 1),
  );
  throw new InvalidArgumentError(`There is no kind "${name}"; did you mean "${nearest}"?`);
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

try {
  process.exitCode = main();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; only help and version are not an error.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof CaseError) {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 2;
  } else {
    throw error;
  }
}
