import { CREATE_MODES } from "../../core/client/create-mode.ts";
import type { CreateOptions } from "../../core/client/ops.ts";
import * as ops from "../../core/client/ops.ts";
import type { MultiOp, OpResult } from "../../core/client/operations.ts";
import { expectFields, expectInt, expectList, expectOneOf, expectText } from "./door.ts";
import { type DataInput, expectData, toBytes } from "./node-data.ts";

const MODES = Object.keys(CREATE_MODES);

export function expectCreate(
  where: string,
  path: string,
  data: DataInput,
  options: CreateOptions,
): void {
  expectText(`${where}.path`, path);
  expectData(`${where}.data`, data);
  expectFields(where, options, ["mode", "acl", "ttl", "stat"]);
  expectOneOf(`${where}.mode`, options.mode ?? "persistent", MODES);
  if (options.acl !== undefined) expectList(`${where}.acl`, options.acl, "ACLs");
}

/** Writes that happen all together or not at all (Transaction): `await zk.transaction().create("/a").commit()`. */
export class Transaction {
  readonly #commit: (ops: readonly MultiOp[]) => Promise<readonly OpResult[]>;
  readonly #ops: MultiOp[] = [];

  constructor(commit: (ops: readonly MultiOp[]) => Promise<readonly OpResult[]>) {
    this.#commit = commit;
  }

  create(path: string, data: DataInput = null, options: CreateOptions = {}): this {
    expectCreate("create", path, data, options);
    this.#ops.push(ops.create(path, toBytes(data), options));
    return this;
  }

  delete(path: string, version = ops.ANY_VERSION): this {
    expectText("delete.path", path);
    expectInt("delete.version", version);
    this.#ops.push(ops.remove(path, version));
    return this;
  }

  set(path: string, data: DataInput, version = ops.ANY_VERSION): this {
    expectText("set.path", path);
    expectData("set.data", data);
    expectInt("set.version", version);
    this.#ops.push(ops.setData(path, toBytes(data), version));
    return this;
  }

  check(path: string, version: number): this {
    expectText("check.path", path);
    expectInt("check.version", version);
    this.#ops.push(ops.check(path, version));
    return this;
  }

  commit(): Promise<readonly OpResult[]> {
    return this.#commit([...this.#ops]);
  }
}
