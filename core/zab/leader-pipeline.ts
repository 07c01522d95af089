import type { Context, RoleService } from "../server/peer.ts";
import { runInOrder } from "../server/service/apply.ts";
import { type ClientRequest, isWrite } from "../server/service/client-request.ts";
import { prepare } from "../server/service/prepare.ts";
import { writeUnderWay } from "../server/service/session-order.ts";
import type { ClientCnxn, Proposal } from "../server/service/state.ts";
import { checkAnySession } from "../server/service/session-check.ts";
import { revalidateTracked } from "../server/service/tracked-sessions.ts";
import { arm } from "../server/service/timers.ts";
import { SELF, setOwner } from "../session/session-tracker.ts";
import { processAck, propose } from "./broadcast.ts";
import type { Leading } from "./leader-state.ts";

/**
 * A leader's requests, its own clients' and those that learners forward (PrepRequestProcessor, ProposalRequestProcessor,
 * CommitProcessor, FinalRequestProcessor): a write is prepared, proposed, and applied when a quorum has it.
 */
export const LEADER = {
  submit(ctx: Context, service: RoleService, leading: Leading, request: ClientRequest): void {
    // What is submitted behind the last zxid of an epoch finds no leader any more.
    if (leading.ending !== undefined) return;
    if (!isWrite(request.op)) {
      const refusal = checkAnySession(ctx.service, service, request.session, request.owner);
      runInOrder(ctx.service, service, request, refusal ?? 0);
      return;
    }
    const prepared = prepare(ctx.service, service, request);
    if (prepared.kind === "refused") {
      // Here and at a learner that sent it, the CommitProcessor waits for a commit that never comes.
      writeUnderWay(service.order, request);
      return;
    }
    if (request.connection !== undefined) writeUnderWay(service.order, request);
    if (request.op === "createSession") {
      const deadline = service.tracker.expiry.deadlines.get(request.session);
      arm(ctx.service, service, "sessionExpiry", deadline);
    }
    propose(ctx, service, leading, { entry: prepared.entry, request });
  },

  /** AckRequestProcessor: the leader counts itself when its own disk has it, and not before. */
  logged(ctx: Context, service: RoleService, leading: Leading, { entry }: Proposal): void {
    ctx.port.observe({ kind: "acknowledged", zxid: entry.header.zxid });
    processAck(ctx, service, leading, ctx.config.id, entry.header.zxid);
  },

  /** LeaderZooKeeperServer.revalidateSession: the session speaks through the leader itself from now on. */
  revalidate(ctx: Context, service: RoleService, cnxn: ClientCnxn): void {
    if (revalidateTracked(ctx.service, service, cnxn)) {
      setOwner(service.tracker, cnxn.session, SELF);
    }
  },
};
