import { describe, expect, test } from "vitest";
import { ELECTION_RULES } from "../election/rules.ts";
import { epoch, serverId } from "../ids.ts";
import { ZAB_RULES } from "../zab/rules.ts";
import { zxid } from "../zxid.ts";
import { BUGS, RULES, rulesWith } from "./bugs.ts";

test("without bugs the rules are as they should be", () => {
  expect(RULES).toEqual({ ...ELECTION_RULES, zab: ZAB_RULES });
  expect(Object.values(ZAB_RULES).every((holds) => holds)).toBe(true);
  expect(rulesWith([])).toEqual(RULES);
});

describe("every bug", () => {
  test.each(BUGS)("$name changes exactly its rule", ({ name, without }) => {
    const { zab, ...election } = rulesWith([name]);
    const changed = [
      ...Object.entries(election).filter(([rule, value]) => value !== RULES[rule as "isGreater"]),
      ...Object.entries(zab).filter(([rule, value]) => value !== ZAB_RULES[rule as "fastForwards"]),
    ];

    expect(Object.keys(without)).toHaveLength(1);
    expect(Object.fromEntries(changed)).toEqual(without);
  });

  test("is known by a name of its own, and says what it does and breaks", () => {
    expect(new Set(BUGS.map(({ name }) => name)).size).toBe(BUGS.length);
    for (const { effect, breaks, issue } of BUGS) {
      expect(effect.length * breaks.length).toBeGreaterThan(0);
      if (issue !== undefined) expect(issue).toMatch(/^ZOOKEEPER-\d+$/);
    }
  });

  test("has a rule of its own", () => {
    const rules = BUGS.flatMap(({ without }) => Object.keys(without));

    expect(new Set(rules).size).toBe(BUGS.length);
    expect(rules).toEqual(expect.arrayContaining(Object.keys(ZAB_RULES)));
    expect([...Object.keys(ZAB_RULES), ...Object.keys(ELECTION_RULES)]).toEqual(
      expect.arrayContaining(rules),
    );
  });

  test("leaves the rules as they were for all others", () => {
    const before = JSON.stringify(RULES);
    for (const { name } of BUGS) rulesWith([name]);

    expect(JSON.stringify(RULES)).toBe(before);
  });
});

test("several add up, in whatever order, also the one of the election", () => {
  const names = ["ackBeforeLog", "feOrder", "noPromise"];
  const rules = rulesWith(names);

  expect(rules).toEqual(rulesWith(names.toReversed()));
  expect(rules.zab).toEqual({ ...ZAB_RULES, logsBeforeNewLeaderAck: false, keepsPromises: false });
  expect(rules.isGreater).not.toBe(RULES.isGreater);
});

test("they go on top of given rules", () => {
  const rules = rulesWith(["noPromise"], { ...RULES, finalizeWaitMs: 7 });

  expect([rules.finalizeWaitMs, rules.zab.keepsPromises]).toEqual([7, false]);
});

test.each(["noPromises", "NOPROMISE", "", "toString"])(
  "an unknown name is refused, with those that there are: %j",
  (name) => {
    expect(() => rulesWith(["noPromise", name])).toThrow(RangeError);
    expect(() => rulesWith([name])).toThrow(
      `there is no bug "${name}"; there are feOrder, noPromise`,
    );
  },
);

test("feOrder: of two votes of different epochs each beats the other (ZOOKEEPER-1419)", () => {
  const { isGreater } = rulesWith(["feOrder"]);
  const early = { peerEpoch: epoch(1), zxid: zxid(4), leader: serverId(9) };
  const late = { peerEpoch: epoch(2), zxid: zxid(4), leader: serverId(1) };

  expect([isGreater(early, late), isGreater(late, early)]).toEqual([true, true]);
  expect([RULES.isGreater(early, late), RULES.isGreater(late, early)]).toEqual([false, true]);
});
