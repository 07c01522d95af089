import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { runScenario } from "../../run.ts";
import { VERSION } from "../../version.ts";
import { coloursFor } from "../colours.ts";
import { BadInput, EXIT, systemReason } from "../failure.ts";
import { checked, parseJson } from "../read-scenario.ts";
import { recordLine, TRACE_FORMAT, TRACE_VERSION, type TraceHeader } from "../trace-file.ts";

export interface ReplayOptions {
  readonly json?: boolean;
  readonly color: boolean;
}

interface Difference {
  readonly record: number;
  readonly inFile: string | null;
  readonly now: string | null;
}

/** Runs again what a trace says was run, and compares record by record. */
export async function replay(path: string, options: ReplayOptions): Promise<number> {
  const lines = readLines(path)[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done === true) throw new BadInput(`${path}: expected a trace, got an empty file.`);
  const header = headerOf(first.value, path);
  const scenario = checked(header.scenario, `${path}: scenario`);
  const { seed, events } = header;
  const result = runScenario(scenario, { seed, trace: "kept", until: { event: events } });
  const difference = await firstDifference(result.world.trace.records(), lines);
  const agrees = difference === undefined && header.hash === result.hash;
  if (options.json === true) {
    const report = {
      vivarium: VERSION,
      trace: path,
      writtenBy: header.vivarium,
      scenario: scenario.name,
      seed,
      agrees,
      records: result.records,
      hash: { inFile: header.hash, now: result.hash },
      difference: difference ?? null,
    };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return agrees ? EXIT.ok : EXIT.failed;
  }
  const colours = coloursFor(options.color);
  const what = `${scenario.name}, seed ${seed}`;
  if (agrees) {
    process.stdout.write(
      `${colours.green("agrees")}: ${what}: all ${result.records} records, hash ${result.hash}\n`,
    );
    return EXIT.ok;
  }
  process.stdout.write(
    `${colours.red("DIFFERS")}: ${what}\n${explain(difference, header, result.hash)}`,
  );
  return EXIT.failed;
}

function explain(difference: Difference | undefined, header: TraceHeader, hash: string): string {
  const lines: string[] = [];
  if (difference === undefined) {
    lines.push(
      `every record agrees, but the header's hash is ${header.hash}, and now it is ${hash}`,
    );
  } else {
    lines.push(
      `the first difference is at record ${difference.record}`,
      `  in the file: ${difference.inFile ?? "(the file ends here)"}`,
      `  now:         ${difference.now ?? "(the run ends here)"}`,
    );
  }
  if (header.vivarium !== VERSION) {
    lines.push(`the trace was written by vivarium ${header.vivarium}, and this is ${VERSION}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

async function firstDifference(
  records: Iterable<Parameters<typeof recordLine>[0]>,
  lines: AsyncIterator<string>,
): Promise<Difference | undefined> {
  let index = 0;
  for (const record of records) {
    const now = recordLine(record);
    const next = await lines.next();
    if (next.done === true) return { record: index, inFile: null, now };
    if (next.value !== now && !isSame(next.value, now)) {
      return { record: index, inFile: next.value, now };
    }
    index++;
  }
  const more = await lines.next();
  return more.done === true ? undefined : { record: index, inFile: more.value, now: null };
}

/** The same record, though spaces or the order of fields may differ. */
function isSame(line: string, now: string): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(line), JSON.parse(now));
  } catch {
    return false;
  }
}

function headerOf(line: string, path: string): TraceHeader {
  const data = parseJson(line, path);
  if (typeof data !== "object" || data === null || !("format" in data)) throw noTrace(path);
  if (data.format !== TRACE_FORMAT) throw noTrace(path);
  const header = data as Partial<TraceHeader>;
  if (header.version !== TRACE_VERSION) {
    throw new BadInput(
      `${path}: expected a trace of version ${TRACE_VERSION}, got ${JSON.stringify(header.version)}; ` +
        `it was written by vivarium ${header.vivarium ?? "of an unknown version"}, and this is ${VERSION}.`,
    );
  }
  for (const field of ["seed", "events", "records"] as const) {
    const value = header[field];
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
      throw new BadInput(
        `${path}: ${field}: expected a whole number, got ${JSON.stringify(value) ?? "nothing"}.`,
      );
    }
  }
  return header as TraceHeader;
}

function noTrace(path: string): BadInput {
  return new BadInput(
    `${path}: expected a trace, whose first line has "format": "${TRACE_FORMAT}"; ` +
      `"vivarium run SCENARIO --trace FILE" writes one.`,
  );
}

async function* readLines(path: string): AsyncGenerator<string> {
  try {
    const input = createReadStream(path, "utf8");
    yield* createInterface({ input, crlfDelay: Infinity });
  } catch (error) {
    throw new BadInput(`${path}: can't be read: ${systemReason(error)}.`);
  }
}
