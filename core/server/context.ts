import { addCommitted } from "../zab/committed-log.ts";
import { LEADER } from "../zab/leader-pipeline.ts";
import { LEARNER } from "../zab/learner-pipeline.ts";
import type { Context, PeerConfig, RoleService, Rules } from "./peer.ts";
import type { Port } from "./port.ts";
import type { ClientRequest } from "./service/client-request.ts";
import {
  checkUpgradeSession,
  createLocalSession,
  hasLocalSession,
  isLocalRequest,
  submitLocally,
  touchLocalSession,
} from "./service/local-sessions.ts";
import type { Pipeline } from "./service/pipeline.ts";
import { READ_ONLY } from "./service/read-only.ts";
import { finishResumption } from "./service/session-init.ts";
import type { ClientCnxn, ServiceContext } from "./service/state.ts";
import { createTracked, touchTracked } from "./service/tracked-sessions.ts";
import type { ServicePort } from "./service/service-port.ts";

/** What a server of an ensemble is given once, with the pipeline that follows its role. */
export function newContext(
  config: PeerConfig,
  rules: Rules,
  port: Port,
  servicePort: ServicePort,
): Context {
  const ctx: Context = {
    config,
    rules,
    port,
    service: { config: config.service, port: servicePort, pipeline: byRole(() => ctx) },
  };
  return ctx;
}

/** The chain of the role that the server has; between roles nothing is served, or reads alone. */
function byRole(context: () => Context): Pipeline {
  return {
    submit(ctx, service, request) {
      const of = service as RoleService;
      if (of.isReadOnly) READ_ONLY.submit(ctx, of, request);
      else if (isLocalRequest(of, request)) submitLocally(ctx, of, request);
      else submitToRole(context(), of, request);
    },
    logged(_ctx, service, proposal) {
      const of = service as RoleService;
      if (of.leading !== undefined) LEADER.logged(context(), of, of.leading, proposal);
      else if (of.learning !== undefined) LEARNER.logged(context(), of, of.learning, proposal);
    },
    applied(_ctx, service, { entry }) {
      addCommitted((service as RoleService).committedLog, entry, context().config.commitLogCount);
      if (entry.txn.kind === "createSession") service.upgrading.delete(entry.header.sessionId);
    },
    touch(ctx, service, session, timeoutMs) {
      const of = service as RoleService;
      if (of.isReadOnly) return READ_ONLY.touch(ctx, of, session, timeoutMs);
      const local = touchLocalSession(ctx, of, session, timeoutMs);
      if (local !== undefined) return local;
      if (of.leading !== undefined) return touchTracked(ctx, of, session, timeoutMs);
      return of.learning !== undefined && LEARNER.touch(of, of.learning, session, timeoutMs);
    },
    createSession(ctx, service, timeoutMs) {
      const of = service as RoleService;
      const local = createLocalSession(ctx, of, timeoutMs);
      if (local !== undefined) return local;
      return of.leading === undefined
        ? LEARNER.createSession(of)
        : createTracked(ctx, of, timeoutMs);
    },
    revalidate(ctx, service, cnxn) {
      const of = service as RoleService;
      if (of.isReadOnly) READ_ONLY.revalidate(ctx, of, cnxn);
      else if (hasLocalSession(of, cnxn.session)) revalidateLocal(ctx, of, cnxn);
      else if (of.leading !== undefined) LEADER.revalidate(context(), of, cnxn);
      else if (of.learning !== undefined) LEARNER.revalidate(context(), of.learning, cnxn);
    },
  };
}

/** Where sessions can be local, an ephemeral asks for one that is not (checkUpgradeSession). */
function submitToRole(ctx: Context, service: RoleService, request: ClientRequest): void {
  const upgrade = checkUpgradeSession(ctx.service, service, request);
  if (upgrade.kind === "upgraded") submitAsRole(ctx, service, upgrade.request);
  const asked = upgrade.kind === "refused" ? { ...request, exception: upgrade.err } : request;
  submitAsRole(ctx, service, asked);
}

function submitAsRole(ctx: Context, service: RoleService, request: ClientRequest): void {
  const { leading, learning } = service;
  if (leading !== undefined) LEADER.submit(ctx, service, leading, request);
  else if (learning !== undefined) LEARNER.submit(ctx, service, learning, request);
}

function revalidateLocal(ctx: ServiceContext, service: RoleService, cnxn: ClientCnxn): void {
  const isAlive = touchLocalSession(ctx, service, cnxn.session, cnxn.timeoutMs) === true;
  finishResumption(ctx, service, cnxn, isAlive);
}
