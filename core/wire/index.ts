/** What other folders, and users of `vivarium/core`, may rely on: the client protocol of ZooKeeper 3.8. */
export * from "./records.ts";
export * from "./error-codes.ts";
export { OPCODES, opName, type OpName, XID } from "./opcodes.ts";
export { WireError } from "./wire-error.ts";
export type { TextEncoding } from "./utf8.ts";
export type { Sink } from "./sink.ts";
export { BufferWriter, type WriterOptions } from "./buffer-writer.ts";
export {
  BufferReader,
  DEFAULT_LENGTH_LIMIT,
  DEFAULT_MAX_BUFFER,
  lengthLimit,
} from "./buffer-reader.ts";
export {
  type ConnectRequestResult,
  type ConnectResponseResult,
  decodeConnectRequest,
  decodeConnectResponse,
  encodeConnectRequest,
  encodeConnectResponse,
  tryDecodeConnectRequest,
  tryDecodeConnectResponse,
} from "./connect.ts";
export {
  decodeRequest,
  type DecodedRequest,
  encodeRequest,
  requestKind,
  type RequestResult,
  tryDecodeRequest,
  writeRequestHeader,
} from "./request.ts";
export { writeRequestBody } from "./request-body.ts";
export {
  decodeNotice,
  decodeReply,
  encodeNotice,
  encodeReply,
  type ServerMessage,
  tryDecodeServerMessage,
} from "./reply.ts";
export { RESPONSE_KINDS, type ResponseKind } from "./response-body.ts";
export {
  encodeFrame,
  FOUR_LETTER_WORDS,
  FRAME_BYTES,
  type FrameEvent,
  type FrameSplitter,
  newFrameSplitter,
  splitFrames,
  type SplitterOptions,
} from "./frame.ts";
export {
  connectRequestSize,
  connectResponseSize,
  noticeSize,
  replySize,
  requestSize,
} from "./size.ts";
