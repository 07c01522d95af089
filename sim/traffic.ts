import { clientTraffic } from "./client-traffic.ts";
import type { Traffic } from "./network/traffic.ts";
import type { NodeOf } from "./observe.ts";
import { quorumTraffic } from "./quorum-traffic.ts";

/** All that travels in a world: between servers, and between clients and servers. */
export function worldTraffic(nodeOf: NodeOf): Traffic {
  const quorum = quorumTraffic(nodeOf);
  const of = (message: object): Traffic => (isOfClients(message) ? clientTraffic : quorum);
  return {
    bytes: (message) => of(message).bytes(message),
    isUnreliable: (message) => of(message).isUnreliable(message),
    record: (trace, from, to, connection, message) =>
      of(message).record(trace, from, to, connection, message),
  };
}

function isOfClients(message: object): boolean {
  const { kind } = message as { readonly kind: string };
  return kind === "toServer" || kind === "toClient";
}
