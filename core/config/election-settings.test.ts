import { expect, test } from "vitest";
import {
  cnxTimeoutError,
  DEFAULT_ELECTION_SETTINGS,
  electionSettings,
} from "./election-settings.ts";

test("nothing set", () => {
  expect(electionSettings({})).toEqual(DEFAULT_ELECTION_SETTINGS);
});

test("each property has its own field", () => {
  const settings = electionSettings({
    "zookeeper.fastleader.minNotificationInterval": "1",
    "zookeeper.fastleader.maxNotificationInterval": "0x2",
    "zookeeper.cnxTimeout": "3",
    "zookeeper.electionPortBindRetry": "4",
    "zookeeper.leaderConnectDelayDuringRetryMs": "05",
    "zookeeper.leader.maxTimeToWaitForEpoch": "6",
    "zookeeper.observer.election.DelayMs": "7",
    "zookeeper.observer.reconnectDelayMs": "8",
  });
  expect(Object.values(settings)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("nonsense means the default, as does a negative number of attempts to bind", () => {
  const settings = electionSettings({
    "zookeeper.fastleader.minNotificationInterval": "soon",
    "zookeeper.electionPortBindRetry": "-1",
    "fastleader.maxNotificationInterval": "1",
  });
  expect(settings).toEqual(DEFAULT_ELECTION_SETTINGS);
});

test("only cnxTimeout must be a number", () => {
  expect(cnxTimeoutError({})).toBeUndefined();
  expect(cnxTimeoutError({ "zookeeper.cnxTimeout": "0x10" })).toEqual({
    kind: "NumberFormatException",
    message: 'For input string: "0x10"',
  });
});
