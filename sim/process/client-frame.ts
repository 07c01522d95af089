import type { ClientFrame } from "../../core/server/service/service-port.ts";
import {
  DEFAULT_LENGTH_LIMIT,
  tryDecodeConnectRequest,
  tryDecodeRequest,
} from "../../core/wire/index.ts";

/**
 * What a server makes of the bytes of a client. The first frame of a connection is a connect request, all others are
 * requests; what can't be read is a frame, too, because it is the server that ends the connection for it.
 */
export function readClientFrame(
  content: Uint8Array,
  isFirst: boolean,
  lengthLimit = DEFAULT_LENGTH_LIMIT,
): ClientFrame {
  const bytes = content.length;
  if (isFirst) {
    const decoded = tryDecodeConnectRequest(content, lengthLimit);
    if (decoded.kind === "malformed") return { kind: "malformed", header: undefined, bytes };
    return { kind: "connect", request: decoded.request, bytes };
  }
  const decoded = tryDecodeRequest(content, lengthLimit);
  switch (decoded.kind) {
    case "request":
      return { kind: "request", header: decoded.header, request: decoded.request, bytes };
    case "unknownType":
      return { kind: "unknownOpcode", header: decoded.header, bytes };
    case "malformed":
      return { kind: "malformed", header: decoded.header, bytes };
    case "headless":
      return { kind: "malformed", header: undefined, bytes };
  }
}
