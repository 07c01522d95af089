import { defineScenario } from "../define.ts";
import { majorityOf, titleOfEnsemble } from "./families.ts";
import { boot, key, settledUnder, upTo, without } from "./steps.ts";

/** How an ensemble comes up: in which order, and how many. */

/** As the sample of ZooKeeper's distribution has it, with the servers of an ensemble below. */
const ZOO_CFG = `# The number of milliseconds of each tick
tickTime=2000
# The number of ticks that the initial
# synchronization phase can take
initLimit=10
# The number of ticks that can pass between
# sending a request and getting an acknowledgement
syncLimit=5
# the directory where the snapshot is stored.
dataDir=/var/lib/zookeeper
# the port at which the clients will connect
clientPort=2181
server.1=zoo1:2888:3888
server.2=zoo2:2888:3888
server.3=zoo3:2888:3888
server.4=zoo4:2888:3888
server.5=zoo5:2888:3888
`;

export const fiveInOrder = defineScenario({
  name: "five-in-order",
  title: "Five servers boot in order, and server 3 leads",
  about:
    "From a real zoo.cfg. Alone, and with 2, server 1 finds no majority of five. With 3 there is one, and 3 has the " +
    "largest id among equals, so it leads. 4 and 5 are larger, but come too late: a standing leader stays.",
  group: "election",
  ensemble: { zooCfg: ZOO_CFG },
  steps: [
    { at: 0, do: "boot", server: 1 },
    { at: "4s", do: "boot", server: 2 },
    { at: "8s", do: "boot", server: 3, label: "third" },
    { at: "12s", do: "boot", server: 4, label: "fourth" },
    { at: "16s", do: "boot", server: 5, label: "fifth" },
  ],
  for: "2s",
  expect: [
    {
      always: { state: { "1": "LOOKING" }, leader: "none" },
      to: { step: "third" },
      because: "one or two of five are no majority",
    },
    { at: "3s", that: { votes: { "1": 1 } } },
    { at: "7s", that: { votes: { "1,2": 2 }, state: { "1,2": "LOOKING" } } },
    { within: "1s", of: "third", that: { leader: 3, follows: { "1,2": 3 } } },
    { within: "1s", of: "fourth", that: { follows: { "4": 3 } } },
    { within: "1s", of: "fifth", that: { follows: { "5": 3 } } },
    {
      always: { leader: 3 },
      from: { step: "fourth" },
      because: "a standing leader is not unseated by a larger id",
    },
    {
      end: {
        state: { "3": "LEADING", "1,2,4,5": "FOLLOWING" },
        votes: { all: 3 },
        round: { all: 1 },
        leaderEpoch: { all: 1 },
      },
    },
  ],
});

export const fiveAtOnce = defineScenario({
  name: "five-at-once",
  title: "Five servers boot at once, and server 5 leads",
  about:
    "All votes are on the table within a millisecond, and each quorum waits 200 ms for better ones: time enough for " +
    "everybody to hear of 5, the largest id among equals.",
  group: "election",
  ensemble: { size: 5 },
  steps: [boot("all")],
  for: "2s",
  expect: [
    { within: "1s", that: settledUnder(5) },
    { never: { any: [{ leader: 1 }, { leader: 2 }, { leader: 3 }, { leader: 4 }] } },
    { end: { state: { "5": "LEADING", "1,2,3,4": "FOLLOWING" }, round: { all: 1 } } },
  ],
});

export const fiveInReverse = defineScenario({
  name: "five-in-reverse",
  title: "Five servers boot in reverse order, and server 5 leads",
  about:
    "5, 4 and 3 are a majority as soon as 3 is up, and 5 is the largest of them; 2 and 1 join.",
  group: "election",
  ensemble: { size: 5 },
  steps: [
    { at: 0, do: "boot", server: [5, 4], every: "4s" },
    { at: "8s", do: "boot", server: 3, label: "third" },
    { at: "12s", do: "boot", server: [2, 1], every: "4s" },
  ],
  for: "2s",
  expect: [
    { always: { leader: "none", votes: { "5": 5 } }, to: { step: "third" } },
    { within: "1s", of: "third", that: { leader: 5, follows: { "3,4": 5 } } },
    { end: { state: { "5": "LEADING", "1,2,3,4": "FOLLOWING" } } },
  ],
});

/** An ensemble of n in order: no leader before a majority is up, and then the largest of that majority. */
export function ensembleOfSize(n: number) {
  const needed = majorityOf(n);
  const gapMs = 2000;
  const rest = without(n, ...upTo(needed));
  return defineScenario({
    name: `ensemble-of-${n}`,
    title: titleOfEnsemble(n),
    about:
      n % 2 === 0
        ? `With ${n} servers a majority is ${needed}: no fewer than with ${n + 1}, so one failure less is survived.`
        : `With ${n} servers a majority is ${needed}, so ${n - needed} may fail.`,
    group: "ensemble",
    ensemble: { size: n },
    steps: [
      ...(needed > 1 ? [boot(upTo(needed - 1), gapMs)] : []),
      { at: (needed - 1) * gapMs, do: "boot", server: needed, label: "majority" },
      ...(rest.length > 0
        ? [{ at: needed * gapMs, do: "boot" as const, server: rest, every: `${gapMs}ms` }]
        : []),
    ],
    for: "1s",
    expect: [
      ...(needed > 1 ? [{ always: { leader: "none" as const }, to: { step: "majority" } }] : []),
      { within: "1s", of: "majority", that: { leader: needed } },
      { always: { leader: needed }, from: (needed - 1) * gapMs + 1000 },
      { end: { follows: { all: needed }, leaderEpoch: { all: 1 } } },
    ],
  });
}

export const minorityStaysLooking = defineScenario({
  name: "minority-stays-looking",
  title: "Two of four are no majority",
  about:
    "Half of an even ensemble elects nobody, however long it waits: with four servers a majority is three.",
  group: "ensemble",
  ensemble: { size: 4 },
  steps: [boot([3, 4])],
  until: "2min",
  expect: [
    { always: { leader: "none", state: { [key([3, 4])]: "LOOKING" } } },
    { at: "1min", that: { votes: { "3,4": 4 } } },
  ],
});
