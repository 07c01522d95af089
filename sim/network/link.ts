import type { Delay } from "../kernel/delay.ts";
import type { Random } from "../kernel/prng.ts";

/** A chance as a ratio: `n` times out of `outOf`. */
export interface Ratio {
  readonly n: number;
  readonly outOf: number;
}

export const NEVER: Ratio = { n: 0, outOf: 1 };

/** What a link between two servers is like, one way. */
export interface LinkSpec {
  /** How long a message takes. */
  readonly delay: Delay;
  /** How often the network loses a segment, so that TCP has to send it again. */
  readonly loss: Ratio;
  /** 0: as fast as anybody can send. */
  readonly bytesPerSecond: number;
}

/**
 * Harsher than TCP: single notifications are dropped, sent twice or overtake one another, though their connection
 * stands. ZooKeeper's election bears it; its quorum port was never meant to, so only the election port has this.
 */
export interface MessageFaults {
  readonly drop: Ratio;
  readonly duplicate: Ratio;
  readonly reorder: Ratio;
  /** How much later than others a reordered or doubled notification may come. */
  readonly reorderDelay: Delay;
}

/** How TCP behaves where the network does not deliver. */
export interface TcpSpec {
  /** The first wait before a lost segment is sent again; it doubles each time. */
  readonly retransmitMs: number;
  readonly maxRetransmitMs: number;
  /** After so many tries the connection breaks. */
  readonly maxRetries: number;
  /** The first wait before a lost SYN is sent again; it doubles each time. */
  readonly synRetryMs: number;
}

/**
 * Linux's defaults: 200 ms at first, two minutes at most, and 15 tries (tcp_retries2), which is about a quarter of
 * an hour. A SYN is tried again after one second.
 */
export const TCP_DEFAULTS: TcpSpec = {
  retransmitMs: 200,
  maxRetransmitMs: 120_000,
  maxRetries: 15,
  synRetryMs: 1000,
};

export interface NetworkSpec {
  readonly link: LinkSpec;
  readonly tcp: TcpSpec;
  readonly messageFaults: MessageFaults | undefined;
}

/** One direction between two servers, as it is now. */
export interface Link {
  spec: LinkSpec;
  /** Nothing gets through, and nobody is told. */
  cut: boolean;
  /** What is sent waits, and comes out at once, in order, when the link is free again. */
  clogged: boolean;
  /** When the last byte that was sent leaves the sender, where bandwidth is limited. */
  busyUntil: number;
  /** One stream for each direction, so that traffic on one link moves no delay on another. */
  readonly random: Random;
}

/**
 * Latency profiles, calibrated on one host and, for the wider ones, on what such networks are known for.
 * performance of a real ensemble: 30 to 60 µs a hop on loopback, a median fsync of 0.1 to 0.9 ms.
 */
export const NETWORK_PROFILES = {
  zero: { kind: "constant", us: 0 },
  loopback: { kind: "uniform", minUs: 30, maxUs: 60 },
  lan: { kind: "quantiles", us: [100, 150, 200, 300, 500] },
  wan: { kind: "quantiles", us: [20_000, 25_000, 30_000, 45_000, 90_000] },
} as const satisfies Record<string, Delay>;

export type NetworkProfile = keyof typeof NETWORK_PROFILES;

export function networkOf(profile: NetworkProfile): NetworkSpec {
  return {
    link: { delay: NETWORK_PROFILES[profile], loss: NEVER, bytesPerSecond: 0 },
    tcp: TCP_DEFAULTS,
    messageFaults: undefined,
  };
}
