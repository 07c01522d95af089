/** What other folders, and users of `vivarium/core`, may rely on. */
export * from "./ids.ts";
export * from "./zxid.ts";
export * from "./election/messages.ts";
export * from "./election/rules.ts";
export * from "./election/vote.ts";
export * from "./quorum/verifier.ts";
export * from "./server/bugs.ts";
export * from "./server/context.ts";
export * from "./server/observations.ts";
export * from "./server/peer.ts";
export * from "./server/port.ts";
export * from "./server/quorum-peer.ts";
export * from "./server/service/recovery.ts";
export * from "./server/service/service-port.ts";
export * from "./zab/packets.ts";
export * from "./zab/rules.ts";
