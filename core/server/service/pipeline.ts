import type { SessionId } from "../../ids.ts";
import type { ClientRequest } from "./client-request.ts";
import type { ClientCnxn, Proposal, Service, ServiceContext } from "./state.ts";

/**
 * What a server's role puts between a request and its application (the chains of request processors, and the session
 * tracker that goes with each): a standalone server its log, a leader its followers, a learner its leader. What happens
 * before and behind is the same for all.
 */
export interface Pipeline {
  /** A request of a client of this server, or of the server itself (ZooKeeperServer.submitRequest). */
  submit(ctx: ServiceContext, service: Service, request: ClientRequest): void;
  /** The transaction is durable in this server's log (what follows SyncRequestProcessor). */
  logged(ctx: ServiceContext, service: Service, proposal: Proposal): void;
  /** The transaction has been applied to this server's tree. */
  applied(ctx: ServiceContext, service: Service, proposal: Proposal): void;
  /** A packet of the session arrived; false if it is known to be closing or gone (ZooKeeperServer.touch). */
  touch(ctx: ServiceContext, service: Service, session: SessionId, timeoutMs: number): boolean;
  /** The id of a session that is about to be made. */
  createSession(ctx: ServiceContext, service: Service, timeoutMs: number): SessionId;
  /** A client comes back with its session: `finishSessionInit` answers it, now or when somebody else has been asked. */
  revalidate(ctx: ServiceContext, service: Service, cnxn: ClientCnxn): void;
}
