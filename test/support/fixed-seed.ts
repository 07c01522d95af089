import fc from "fast-check";

/**
 * Properties try the same inputs every time, so that a red build can be repeated and a green one means something.
 * `VIVARIUM_SEED=N` (any whole number) tries others.
 */
fc.configureGlobal({
  ...fc.readConfigureGlobal(),
  seed: Number(process.env["VIVARIUM_SEED"] ?? 1),
});
