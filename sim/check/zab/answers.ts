import { formatSessionId, type SessionId } from "../../../core/ids.ts";
import { formatZxid } from "../../../core/zxid.ts";
import type { Case } from "./case.ts";

/** What clients are told. */
export class Answers {
  readonly #case: Case;
  readonly #seen = new Map<SessionId, number>();

  constructor(of: Case) {
    this.#case = of;
  }

  /**
   * A server answers. Who only reads, from a server that does not serve (a read-only one), may see what is not
   * committed; whoever wrote must not be told so before it is.
   */
  replied(
    server: number,
    isServing: boolean,
    session: SessionId,
    cxid: number,
    zxid: number,
  ): void {
    const { histories } = this.#case;
    const header = histories.entry(zxid)?.proposal?.header;
    const isWrite = header?.sessionId === session && header.cxid === cxid;
    if (!isServing && !isWrite) return;
    const end = histories.resolve(zxid);
    if (end !== undefined && end.rank >= 0) return;
    this.#case.broken(
      "answers are committed",
      [server],
      [zxid],
      `${server} answers request ${cxid} of the session ${formatSessionId(session)} at ${formatZxid(zxid)}, which is not committed`,
    );
  }

  /** A client has got an answer. One that was sent and never arrived binds nobody. */
  received(server: number, client: number, session: SessionId, zxid: number): void {
    const before = this.#seen.get(session) ?? 0;
    if (zxid < before) {
      this.#case.broken(
        "client order",
        [server],
        [before, zxid],
        `client ${client} has seen ${formatZxid(before)} in its session ${formatSessionId(session)}, and ${server} answers it at ${formatZxid(zxid)}`,
      );
    }
    this.#seen.set(session, zxid);
  }
}
