import type { Epoch, ServerId } from "../ids.ts";
import type { ConnectionId } from "../server/port.ts";
import type { Zxid } from "../zxid.ts";

/** Plain data of a server that leads. */
export interface Leading {
  /** `epochWait`: no quorum yet. `promising`: the new epoch is being written. `established`: the main loop runs. */
  phase: "epochWait" | "promising" | "established";
  /** The epoch to propose: one above the largest accepted epoch heard of so far. */
  epoch: Epoch;
  /** Voters that were heard of, the leader among them (connectingFollowers). Nobody leaves it. */
  registered: ServerId[];
  handlers: LearnerHandler[];
  /** What pings carry. */
  lastProposed: Zxid;
  /** Counts whole ticks of the main loop. */
  tick: number;
  /** The main loop comes twice a tick; every second time it only pings. */
  tickSkip: boolean;
  startedAtMs: number;
}

/** One learner's connection, as its leader sees it (LearnerHandler). */
export interface LearnerHandler {
  readonly connection: ConnectionId;
  /** Known from its first packet. */
  sid: ServerId | undefined;
  /** Whether LEADERINFO went out. */
  informed: boolean;
  /** By the server's clock; moved by every packet, looked at when the timer fires. */
  readDeadlineMs: number;
  /** The last tick in which the learner still counts as in sync. */
  tickOfNextAckDeadline: number;
}
