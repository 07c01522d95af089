import { randomInt } from "node:crypto";
import seedrandom from "seedrandom";
import xor128 from "seedrandom/lib/xor128.js";

export const draws = [randomInt(6), seedrandom.alea("seed").int32(), xor128("seed").int32()];
