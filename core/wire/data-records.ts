import type { BufferReader } from "./buffer-reader.ts";
import type { Acl, ClientInfo, Stat } from "./records.ts";
import type { Sink } from "./sink.ts";
import { WireError } from "./wire-error.ts";

/** The records of org.apache.zookeeper.data and the vectors of them, each written and read in one place. */

const STAT_BYTES = 68;
const LEAST_TEXT_BYTES = 4;
/** perms and two lengths. */
const LEAST_ACL_BYTES = 12;
const LEAST_CLIENT_INFO_BYTES = 8;

export function writeStat(sink: Sink, stat: Stat): void {
  sink.writeLong(stat.czxid);
  sink.writeLong(stat.mzxid);
  sink.writeLong(stat.ctime);
  sink.writeLong(stat.mtime);
  sink.writeInt(stat.version);
  sink.writeInt(stat.cversion);
  sink.writeInt(stat.aversion);
  sink.writeSessionId(stat.ephemeralOwner);
  sink.writeInt(stat.dataLength);
  sink.writeInt(stat.numChildren);
  sink.writeLong(stat.pzxid);
}

export function readStat(reader: BufferReader): Stat {
  if (reader.remaining < STAT_BYTES) {
    throw reader.error(`a Stat (${STAT_BYTES} bytes)`, `the end after ${reader.remaining}`);
  }
  return {
    czxid: reader.readZxid("czxid"),
    mzxid: reader.readZxid("mzxid"),
    ctime: reader.readLong("ctime"),
    mtime: reader.readLong("mtime"),
    version: reader.readInt("version"),
    cversion: reader.readInt("cversion"),
    aversion: reader.readInt("aversion"),
    ephemeralOwner: reader.readSessionId("ephemeralOwner"),
    dataLength: reader.readInt("dataLength"),
    numChildren: reader.readInt("numChildren"),
    pzxid: reader.readZxid("pzxid"),
  };
}

export function writeAcls(sink: Sink, acls: readonly (Acl | null)[] | null): void {
  sink.writeInt(acls === null ? -1 : acls.length);
  if (acls === null) return;
  for (const acl of acls) {
    // The wire has a null list and null texts, but no null record.
    if (acl === null) throw new WireError(sink.length, "an ACL to write", "null");
    sink.writeInt(acl.perms);
    sink.writeText(acl.id.scheme);
    sink.writeText(acl.id.id);
  }
}

export function readAcls(reader: BufferReader): Acl[] | null {
  const count = reader.readCount("acl", LEAST_ACL_BYTES);
  if (count === -1) return null;
  const acls: Acl[] = [];
  for (let i = 0; i < count; i++) {
    const perms = reader.readInt("perms");
    const scheme = reader.readText("scheme");
    acls.push({ perms, id: { scheme, id: reader.readText("id") } });
  }
  return acls;
}

export function writeTexts(sink: Sink, texts: readonly (string | null)[] | null): void {
  sink.writeInt(texts === null ? -1 : texts.length);
  if (texts === null) return;
  for (const text of texts) sink.writeText(text);
}

export function readTexts(reader: BufferReader, what: string): (string | null)[] | null {
  const count = reader.readCount(what, LEAST_TEXT_BYTES);
  if (count === -1) return null;
  const texts: (string | null)[] = [];
  for (let i = 0; i < count; i++) texts.push(reader.readText(what));
  return texts;
}

/** A list of texts that a server never sends as null, nor with a null in it. */
export function readNames(reader: BufferReader, what: string): string[] {
  const offset = reader.offset;
  const count = reader.readCount(what, LEAST_TEXT_BYTES);
  if (count === -1) throw new WireError(offset, `a list of ${what}`, "null");
  const names: string[] = [];
  for (let i = 0; i < count; i++) names.push(readName(reader, what));
  return names;
}

/** A text that a server never sends as null. */
export function readName(reader: BufferReader, what: string): string {
  const offset = reader.offset;
  const name = reader.readText(what);
  if (name === null) throw new WireError(offset, what, "null");
  return name;
}

export function writeClientInfos(sink: Sink, infos: readonly ClientInfo[]): void {
  sink.writeInt(infos.length);
  for (const info of infos) {
    sink.writeText(info.authScheme);
    sink.writeText(info.user);
  }
}

export function readClientInfos(reader: BufferReader): ClientInfo[] {
  const offset = reader.offset;
  const count = reader.readCount("clientInfo", LEAST_CLIENT_INFO_BYTES);
  if (count === -1) throw new WireError(offset, "a list of clientInfo", "null");
  const infos: ClientInfo[] = [];
  for (let i = 0; i < count; i++) {
    const authScheme = readName(reader, "authScheme");
    infos.push({ authScheme, user: readName(reader, "user") });
  }
  return infos;
}
