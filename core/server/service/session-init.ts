import { NO_SESSION } from "../../ids.ts";
import { generatePasswd } from "../../session/session-id.ts";
import { closeConnection, readOn } from "./connections.ts";
import type { ClientCnxn, Service, ServiceContext } from "./state.ts";

const NO_PASSWORD_BYTES = 16;

/**
 * The answer to a connect request (ZooKeeperServer.finishSessionInit). A session that is not valid is answered with id
 * and timeout 0, which tells the client that it has expired. The readOnly field goes to those who sent it.
 */
export function finishSessionInit(
  ctx: ServiceContext,
  service: Service,
  cnxn: ClientCnxn,
  isValid: boolean,
): void {
  ctx.port.send(cnxn.connection, {
    kind: "connectResponse",
    response: {
      protocolVersion: 0,
      timeOut: isValid ? cnxn.timeoutMs : 0,
      sessionId: isValid ? cnxn.session : NO_SESSION,
      passwd: isValid ? generatePasswd(cnxn.session) : new Uint8Array(NO_PASSWORD_BYTES),
      readOnly: cnxn.sendsReadOnly ? isValid && service.isReadOnly : undefined,
    },
  });
  if (!isValid) {
    closeConnection(ctx, service, cnxn, "session is not valid");
    return;
  }
  cnxn.stage = "established";
  readOn(service, cnxn);
}

/** The answer to a client that came back with its session (ZooKeeperServer.reopenSession). */
export function finishResumption(
  ctx: ServiceContext,
  service: Service,
  cnxn: ClientCnxn,
  isAlive: boolean,
): void {
  const { session, connection, timeoutMs: timeOutMs } = cnxn;
  ctx.port.observe(
    isAlive
      ? { kind: "sessionResumed", session, connection, timeOutMs }
      : { kind: "sessionRefused", session, why: "expired" },
  );
  finishSessionInit(ctx, service, cnxn, isAlive);
}
