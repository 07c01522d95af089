/** `@types/seedrandom` describes the package's front door only; this is one of its generators by itself. */
declare module "seedrandom/lib/xor128.js" {
  export default function xor128(seed: string): { readonly int32: () => number };
}
