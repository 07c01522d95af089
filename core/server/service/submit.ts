import { checkSession, touchSession } from "../../session/session-tracker.ts";
import { runInOrder } from "./apply.ts";
import { type ClientRequest, isWrite } from "./client-request.ts";
import { prepare } from "./prepare.ts";
import { appendToLog } from "./request-log.ts";
import { writeUnderWay } from "./session-order.ts";
import type { Service, ServiceContext } from "./state.ts";
import { arm } from "./timers.ts";

/**
 * A request enters the pipeline (ZooKeeperServer.submitRequest, PrepRequestProcessor). A write is prepared here and now,
 * and goes to the log; whatever else is answered once the writes of its session before it are. A standalone server has
 * no more between preparing and applying than the log; in an ensemble the leader stands there.
 */
export function submit(ctx: ServiceContext, service: Service, request: ClientRequest): void {
  if (request.connection !== undefined) service.inProcess++;
  if (!isWrite(request.op)) {
    const refusal = checkSession(service.tracker, request.session, request.owner);
    runInOrder(ctx, service, request, refusal ?? 0);
    return;
  }
  const prepared = prepare(ctx, service, request);
  if (prepared.kind === "refused") {
    runInOrder(ctx, service, request, prepared.err);
    return;
  }
  if (request.connection !== undefined) writeUnderWay(service.order, request.session);
  appendToLog(ctx, service, { header: prepared.header, txn: prepared.txn, request });
}

/**
 * Every packet puts off the end of its session. One of a session that is closing or gone is dropped without an answer
 * (MissingSessionException): false.
 */
export function touch(
  ctx: ServiceContext,
  service: Service,
  session: ClientRequest["session"],
  timeoutMs: number,
): boolean {
  const { tracker } = service;
  if (!touchSession(tracker, session, timeoutMs, ctx.port.now())) return false;
  arm(ctx, service, "sessionExpiry", tracker.expiry.deadlines.get(session));
  return true;
}
