import type { Delay } from "../sim/kernel/delay.ts";
import { LATENCY_PROFILES, type LatencyProfile } from "../sim/latency.ts";
import { type LinkSpec, type MessageFaults, type NetworkSpec, NEVER } from "../sim/network/link.ts";
import { micros } from "./format/duration.ts";
import type { DelayData, LinkData, MessageFaultsData, NetworkData } from "./format/network.ts";
import { ratio } from "./format/ratio.ts";

/** From a scenario's words for the network to what sim/ builds it from. */

const DEFAULT_PROFILE = "loopback";

/** The profile that a scenario names, for what it does not say itself. */
export function latencyOf(data: NetworkData | undefined): LatencyProfile {
  const name = typeof data === "object" ? data.profile : data;
  return LATENCY_PROFILES[name ?? DEFAULT_PROFILE];
}

export function networkSpecOf(data: NetworkData | undefined): NetworkSpec {
  const base = latencyOf(data).network;
  if (typeof data !== "object") return base;
  const { tcp, messageFaults } = data;
  return {
    link: { ...base.link, ...linkChangeOf(data) },
    tcp: {
      retransmitMs: ms(tcp?.retransmit) ?? base.tcp.retransmitMs,
      maxRetransmitMs: ms(tcp?.maxRetransmit) ?? base.tcp.maxRetransmitMs,
      maxRetries: tcp?.maxRetries ?? base.tcp.maxRetries,
      synRetryMs: ms(tcp?.synRetry) ?? base.tcp.synRetryMs,
    },
    messageFaults:
      messageFaults === undefined ? base.messageFaults : messageFaultsOf(messageFaults),
  };
}

/** Only what is said, for laying over what a link is like otherwise. */
export function linkChangeOf(data: LinkData): Partial<LinkSpec> {
  return {
    ...(data.delay === undefined ? {} : { delay: delayOf(data.delay) }),
    ...(data.loss === undefined ? {} : { loss: ratio(data.loss) }),
    ...(data.bytesPerSecond === undefined ? {} : { bytesPerSecond: data.bytesPerSecond }),
  };
}

export function messageFaultsOf(data: MessageFaultsData): MessageFaults {
  return {
    drop: data.drop === undefined ? NEVER : ratio(data.drop),
    duplicate: data.duplicate === undefined ? NEVER : ratio(data.duplicate),
    reorder: data.reorder === undefined ? NEVER : ratio(data.reorder),
    reorderDelay: delayOf(data.reorderDelay ?? { from: "0ms", to: "5ms" }),
  };
}

export function delayOf(data: DelayData): Delay {
  if (typeof data !== "object") return { kind: "constant", us: micros(data) };
  if ("quantiles" in data) return { kind: "quantiles", us: data.quantiles.map(micros) };
  return { kind: "uniform", minUs: micros(data.from), maxUs: micros(data.to) };
}

function ms(duration: string | number | undefined): number | undefined {
  return duration === undefined ? undefined : Math.ceil(micros(duration) / 1000);
}
