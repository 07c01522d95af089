import { NO_SESSION } from "../../ids.ts";
import { SELF } from "../../session/session-tracker.ts";
import { getNode, reapCandidates } from "../../tree/data-tree.ts";
import { CONTAINER_OWNER } from "../../tree/ephemeral-type.ts";
import type { Service, ServiceContext } from "./state.ts";
import { submit } from "./submit.ts";

/**
 * Removes containers that lost their last child and TTL nodes that nobody wrote to for too long (ContainerManager), on
 * a standalone server or a leader. Each is asked for by a deleteContainer of no session, which is checked again when it
 * is prepared, and they are spread over time.
 */
export function startReaper(ctx: ServiceContext): void {
  ctx.port.setTimer("containerCheck", ctx.config.containerCheckIntervalMs);
}

/** Looks for candidates. While the last ones are still being deleted there is no other look (one timer thread). */
export function checkContainers(ctx: ServiceContext, service: Service): void {
  ctx.port.setTimer("containerCheck", ctx.config.containerCheckIntervalMs);
  const { reaper, database } = service;
  if (reaper.next < reaper.candidates.length) return;
  const { containerMaxNeverUsedIntervalMs } = ctx.config;
  reaper.candidates = reapCandidates(
    database.tree,
    ctx.port.wallMs(),
    containerMaxNeverUsedIntervalMs,
  );
  reaper.next = 0;
  deleteNextContainer(ctx, service);
}

/** Deletes one, and comes back for the next after a minute divided by how many a minute may have. */
export function deleteNextContainer(ctx: ServiceContext, service: Service): void {
  const { reaper } = service;
  const path = reaper.candidates[reaper.next];
  if (path === undefined) return;
  reaper.next++;
  const owner = getNode(service.database.tree, path)?.ephemeralOwner;
  ctx.port.observe({ kind: "reaping", path, as: owner === CONTAINER_OWNER ? "container" : "TTL" });
  submit(ctx, service, {
    session: NO_SESSION,
    cxid: 0,
    op: "deleteContainer",
    body: { kind: "deleteContainer", path },
    identities: [],
    owner: SELF,
    connection: undefined,
    isFromClient: false,
  });
  if (reaper.next < reaper.candidates.length) {
    const perMinute = Math.max(1, ctx.config.containerMaxPerMinute);
    ctx.port.setTimer("containerPace", Math.floor(60_000 / perMinute));
  }
}
