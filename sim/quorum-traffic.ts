import { SERVER_STATES, type ServerState } from "../core/election/vote.ts";
import { type Message, messageBytes } from "../core/server/port.ts";
import type { Trace } from "./kernel/trace.ts";
import type { Traffic } from "./network/traffic.ts";
import type { NodeOf } from "./observe.ts";
import { numbersOf, PACKETS, RECORD } from "./records.ts";

const PACKET_NUMBER = numbersOf(PACKETS);
const STATE_NUMBER: { readonly [state in ServerState]: number } = numbersOf(SERVER_STATES);

/** What servers say to one another, on the election port and on the quorum port. */
export function quorumTraffic(nodeOf: NodeOf): Traffic {
  return {
    bytes: (message) => messageBytes(message as Message),
    // The election bears it; the quorum port was never meant to.
    isUnreliable: (message) => (message as Message).kind === "Notification",
    record: (trace, from, to, connection, message) =>
      recordMessage(trace, from, to, connection, message as Message, nodeOf),
  };
}

function recordMessage(
  trace: Trace,
  from: number,
  to: number,
  connection: number,
  message: Message,
  nodeOf: NodeOf,
): void {
  if (message.kind === "Notification") {
    trace.begin(RECORD.notification, from).int(to).int(connection);
    trace.int(STATE_NUMBER[message.state]).int(nodeOf(message.leader));
    trace.zxid(message.zxid).int(message.electionEpoch).epoch(message.peerEpoch);
  } else if (message.kind === "InitialMessage") {
    trace.begin(RECORD.initialMessage, from).int(to).int(connection);
  } else {
    trace.begin(RECORD.packet, from).int(to).int(connection);
    trace.int(PACKET_NUMBER[message.kind]).zxid(message.zxid);
  }
}
