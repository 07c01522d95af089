import { checkSession } from "../../session/session-tracker.ts";
import { applyCommitted, runInOrder } from "./apply.ts";
import { isWrite } from "./client-request.ts";
import type { ServiceConfig } from "./config.ts";
import type { Pipeline } from "./pipeline.ts";
import { prepare } from "./prepare.ts";
import { appendToLog } from "./request-log.ts";
import type { ServicePort } from "./service-port.ts";
import { writeUnderWay } from "./session-order.ts";
import type { ServiceContext } from "./state.ts";
import { createTracked, revalidateTracked, touchTracked } from "./tracked-sessions.ts";

/**
 * A server by itself (PrepRequestProcessor, SyncRequestProcessor, FinalRequestProcessor): a write is prepared here and
 * now and applied when the log has it; whatever else is answered once the writes of its session before it are.
 */
export const STANDALONE: Pipeline = {
  submit(ctx, service, request) {
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
    if (request.connection !== undefined) writeUnderWay(service.order, request);
    appendToLog(ctx, service, { entry: prepared.entry, request });
  },
  logged: applyCommitted,
  applied() {
    // Nobody else needs it.
  },
  touch: touchTracked,
  createSession: createTracked,
  revalidate: revalidateTracked,
};

export function standaloneContext(config: ServiceConfig, port: ServicePort): ServiceContext {
  return { config, port, pipeline: STANDALONE };
}
