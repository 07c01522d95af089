import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkZooCfgCase, type RecordedZooCfg, type ZooCfgCase } from "./zoocfg.ts";

const CASES = readFileSync(new URL("data/zoocfg/zoocfg.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as ZooCfgCase);

test.each(CASES)("$id", (recorded) => {
  expect(checkZooCfgCase(recorded)).toEqual([]);
});

test("all of them are here", () => {
  expect(CASES).toHaveLength(45);
});

describe("the comparison reports", () => {
  test("every value that is changed", () => {
    const { result } = caseOf("cfg-dynamic-file");
    for (const key of Object.keys(result.values ?? {})) {
      const values = { ...result.values, [key]: "changed" };
      expect(differences("cfg-dynamic-file", { values })).toEqual([
        expect.stringMatching(new RegExp(`^value ${key}: ZooKeeper has "changed", we have "`)),
      ]);
    }
  });

  test("a value that we do not have", () => {
    expect(differences("cfg-minimal", { values: { quorumVerifier: "QuorumMaj" } })).toEqual([
      'value quorumVerifier: ZooKeeper has "QuorumMaj", we have nothing',
    ]);
  });

  test("servers that are missing, too many or different", () => {
    const line = (n: number): string =>
      `PARTICIPANT peer=[127.0.0.${n}:2888] election=[127.0.0.${n}:3888] client=null weight=1`;
    const own = caseOf("cfg-two-servers").result.servers?.["server.1"] ?? "";
    const servers = { "server.1": own.replace("weight=1", "weight=2"), "server.3": line(3) };
    expect(differences("cfg-two-servers", { servers })).toEqual([
      expect.stringContaining("server server.1: ZooKeeper has"),
      expect.stringMatching(/^server server\.3: .*, we have nothing$/),
      expect.stringMatching(/^server server\.2: ZooKeeper has nothing/),
    ]);
  });

  test("properties that are missing, too many or different", () => {
    const systemProperties = { "zookeeper.snapCount": "51", "zookeeper.other": "1" };
    expect(differences("cfg-unknown-keys", { systemProperties })).toEqual([
      'property zookeeper.snapCount: ZooKeeper has "51", we have "50"',
      'property zookeeper.other: ZooKeeper has "1", we have nothing',
      'property zookeeper.myOwnKey: ZooKeeper has nothing, we have "7"',
      'property zookeeper.4lw.commands.whitelist: ZooKeeper has nothing, we have "*"',
    ]);
  });

  test("another error, a missing cause and one too many", () => {
    const [outermost = "", cause = ""] = caseOf("cfg-no-dataDir").result.errors ?? [];
    expect(differences("cfg-no-dataDir", { errors: [outermost, `${cause}!`] })).toHaveLength(1);
    expect(differences("cfg-no-dataDir", { errors: [outermost] })).toHaveLength(1);
    expect(differences("cfg-no-dataDir", { errors: [outermost, cause, "X: y"] })).toHaveLength(1);
  });

  test("a verdict that is the other way round", () => {
    const refused: RecordedZooCfg = { accepted: false, errors: ["X: y"] };
    expect(differences("cfg-minimal", refused)).toEqual(["ZooKeeper refuses, we accept: X: y"]);
    expect(differences("cfg-no-dataDir", { accepted: true })).toEqual([
      expect.stringMatching(
        /^ZooKeeper accepts, we refuse: ConfigException: .*dataDir is not set$/,
      ),
    ]);
  });

  test("but not the order of a set", () => {
    const { result } = caseOf("cfg-hierarchical");
    const entries = Object.entries(result.servers ?? {});
    expect(
      differences("cfg-hierarchical", { servers: Object.fromEntries(entries.toReversed()) }),
    ).toEqual([]);
  });
});

function caseOf(id: string): ZooCfgCase {
  const found = CASES.find((recorded) => recorded.id === id);
  if (found === undefined) throw new Error(`no case ${id}`);
  return found;
}

function differences(id: string, change: Partial<RecordedZooCfg>): string[] {
  const recorded = caseOf(id);
  return checkZooCfgCase({ ...recorded, result: { ...recorded.result, ...change } });
}
