import { z } from "zod";
import { clientName } from "./clients.ts";
import { duration, flag, percent, serverId, strict, whole, word } from "./fields.ts";

/** The network and the disks, as a scenario describes them. */

export const PROFILES = ["zero", "loopback", "lan", "wan", "slow-disk"] as const;
export const DISKS = ["zero", "ssd", "slow"] as const;
export const THREADS = ["zero", "quick", "real"] as const;

const DELAY =
  'a delay: a length of time, {"from": …, "to": …} or {"quantiles": […]} with rising lengths';

export const delay = z
  .union(
    [
      duration,
      strict("a delay", { from: duration, to: duration }),
      strict("a delay", {
        quantiles: z.array(duration, { error: "a list of rising lengths of time" }).min(2, {
          error: "at least two rising lengths of time",
        }),
      }),
    ],
    { error: DELAY },
  )
  .meta({
    id: "Delay",
    description:
      "How long a message takes: always the same, anything between two lengths, or drawn from quantiles at equal steps from least to greatest.",
  });

export type DelayData = z.infer<typeof delay>;

const linkFields = {
  delay: delay.optional(),
  loss: percent.optional().meta({
    description: "How often a segment is lost, so that TCP sends it again, later.",
  }),
  bytesPerSecond: whole(0, 1e12, "bytes per second (0: without limit)").optional(),
};

export const linkChange = strict("what a link is like", linkFields);
export type LinkData = z.infer<typeof linkChange>;

const ends = z
  .array(z.union([serverId, clientName], { error: "a server id or a client" }), {
    error: "a list of server ids or clients",
  })
  .min(1, { error: "at least one server id or client" });

const link = strict("a link", {
  from: ends,
  to: ends,
  oneWay: flag.optional().meta({ description: "Only from → to, not back." }),
  ...linkFields,
});

const tcp = strict("how TCP behaves", {
  retransmit: duration
    .optional()
    .meta({ description: "First wait before sending again; doubles." }),
  maxRetransmit: duration.optional(),
  maxRetries: whole(0, 100).optional().meta({ description: "Then the connection breaks." }),
  synRetry: duration.optional(),
});

export const messageFaults = strict("message faults", {
  drop: percent.optional(),
  duplicate: percent.optional(),
  reorder: percent.optional(),
  reorderDelay: delay.optional().meta({
    description: "How much later than others a reordered or doubled notification may come.",
  }),
}).meta({
  id: "MessageFaults",
  description:
    "Harsher than TCP, on the election port only: single notifications vanish, come twice, or overtake others.",
});

export type MessageFaultsData = z.infer<typeof messageFaults>;

export const network = z
  .union(
    [
      word(PROFILES),
      strict("a network", {
        profile: word(PROFILES).optional(),
        ...linkFields,
        links: z.array(link, { error: "a list of links" }).optional(),
        tcp: tcp.optional(),
        messageFaults: messageFaults.optional(),
      }),
    ],
    { error: `a profile (${PROFILES.map((p) => `"${p}"`).join(", ")}) or a network (an object)` },
  )
  .meta({
    description:
      "What the network is like; its profile says what disks and threads are like, too. Default: loopback.",
  });

export type NetworkData = z.infer<typeof network>;

export const disk = word(DISKS).meta({
  description:
    "How long a force takes. Default: ssd; with the profile zero: zero, with slow-disk: slow.",
});

export const threads = word(THREADS).meta({
  description:
    "How long an ensemble's servers take to start and stop their threads. zero: no time. quick: only their queues take some. Default: real; with the profile zero: zero.",
});
