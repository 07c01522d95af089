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
  revalidateLocally,
  submitLocally,
  touchLocalSession,
} from "./service/local-sessions.ts";
import type { Pipeline } from "./service/pipeline.ts";
import { READ_ONLY } from "./service/read-only.ts";
import { createTracked, touchTracked } from "./service/tracked-sessions.ts";
import type { ServicePort } from "./service/service-port.ts";
import type { Service } from "./service/state.ts";

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
      const role = roleOf(service);
      if (role.isReadOnly) READ_ONLY.submit(ctx, role, request);
      else if (isLocalRequest(role, request)) submitLocally(ctx, role, request);
      else submitToRole(context(), role, request);
    },
    logged(_ctx, service, proposal) {
      const role = roleOf(service);
      if (role.leading !== undefined) LEADER.logged(context(), role, role.leading, proposal);
      else if (role.learning !== undefined) LEARNER.logged(context(), role.learning, proposal);
    },
    applied(_ctx, service, { entry }) {
      addCommitted(roleOf(service).committedLog, entry, context().config.commitLogCount);
      if (entry.txn.kind === "createSession") service.upgrading.delete(entry.header.sessionId);
    },
    touch(ctx, service, session, timeoutMs) {
      const role = roleOf(service);
      if (role.isReadOnly) return READ_ONLY.touch(ctx, role, session, timeoutMs);
      const local = touchLocalSession(ctx, role, session, timeoutMs);
      if (local !== undefined) return local;
      if (role.leading !== undefined) return touchTracked(ctx, role, session, timeoutMs);
      return role.learning !== undefined && LEARNER.touch(role, role.learning, session, timeoutMs);
    },
    createSession(ctx, service, timeoutMs) {
      const role = roleOf(service);
      const local = createLocalSession(ctx, role, timeoutMs);
      if (local !== undefined) return local;
      return role.leading === undefined
        ? LEARNER.createSession(role)
        : createTracked(ctx, role, timeoutMs);
    },
    revalidate(ctx, service, cnxn) {
      const role = roleOf(service);
      if (role.isReadOnly) READ_ONLY.revalidate(ctx, role, cnxn);
      else if (hasLocalSession(role, cnxn.session)) revalidateLocally(ctx, role, cnxn);
      else if (role.leading !== undefined) LEADER.revalidate(context(), role, cnxn);
      else if (role.learning !== undefined) LEARNER.revalidate(context(), role.learning, cnxn);
    },
  };
}

/** A server of an ensemble has no other service than one with a role. */
function roleOf(service: Service): RoleService {
  return service as RoleService;
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
