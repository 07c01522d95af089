/** The checks of `QuorumPeerConfig.parseProperties` behind its loop over the keys, in its order. */
import { throwConfigException, throwIllegalArgument, JavaThrowable } from "./java-throwable.ts";
import type { Reading } from "./reading.ts";
import { resolvedAddress, type SocketAddress, wildcardAddress } from "./socket-address.ts";
import { placeOf, type StaticSettings } from "./static-settings.ts";

/** The static part of the result, and what the ensemble's part needs of it. */
export interface StaticPart {
  readonly clientPortAddress: StaticAddress | null;
  readonly secureClientPortAddress: SocketAddress | null;
  readonly dataDir: string;
  readonly dataLogDir: string;
  readonly tickTime: number;
  readonly minSessionTimeout: number;
  readonly maxSessionTimeout: number;
  readonly snapRetainCount: number;
  readonly metricsProviderClassName: string;
}

/** Java prints the address of a bare port otherwise than one that was made of a host. */
export interface StaticAddress extends SocketAddress {
  readonly isFromPortAlone: boolean;
}

/** `parseProperties` from the SASL checks to the metrics provider. */
export function checkStaticPart(reading: Reading): StaticPart {
  const { settings, warnings } = reading;
  const file = reading.options.configPath;
  const { ints, texts, paths } = settings;
  checkSasl(settings, file);
  const snapRetainCount = ints.get("autopurge.snapRetainCount") ?? MIN_SNAP_RETAIN_COUNT;
  if (snapRetainCount < MIN_SNAP_RETAIN_COUNT) {
    warnings.push(
      `Invalid autopurge.snapRetainCount: ${snapRetainCount}. Defaulting to ${MIN_SNAP_RETAIN_COUNT}`,
    );
  }
  const dataDir = paths.get("dataDir");
  if (dataDir === undefined) {
    throwIllegalArgument("dataDir is not set", { kind: "data-dir-unset", file, key: "dataDir" });
  }
  const clientPortAddress = staticAddress(settings, file, "clientPort", "clientPortAddress");
  const secure = staticAddress(settings, file, "secureClientPort", "secureClientPortAddress");
  if (secure !== null) configureSslAuth(reading);
  const tickTime = ints.get("tickTime") ?? DEFAULT_TICK_TIME;
  if (tickTime === 0) {
    const place = placeOf(settings, file, "tickTime");
    throwIllegalArgument("tickTime is not set", { kind: "tick-time-unset", ...place });
  }
  const [minSessionTimeout, maxSessionTimeout] = sessionTimeouts(settings, file, tickTime);
  const className = texts.get("metricsProvider.className") ?? DEFAULT_METRICS_PROVIDER;
  checkMetricsProvider(className, reading);
  return {
    clientPortAddress,
    secureClientPortAddress: secure === null ? null : { host: secure.host, port: secure.port },
    dataDir,
    dataLogDir: paths.get("dataLogDir") ?? dataDir,
    tickTime,
    minSessionTimeout,
    maxSessionTimeout,
    snapRetainCount: Math.max(snapRetainCount, MIN_SNAP_RETAIN_COUNT),
    metricsProviderClassName: className,
  };
}

const DEFAULT_TICK_TIME = 3000;
const DEFAULT_METRICS_PROVIDER = "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider";
const METRICS_PROVIDERS: readonly string[] = [
  DEFAULT_METRICS_PROVIDER,
  "org.apache.zookeeper.metrics.impl.NullMetricsProvider",
];
const MIN_SNAP_RETAIN_COUNT = 3;
const AUTH_PROVIDER = "zookeeper.authProvider.";
const X509_PROVIDER = "org.apache.zookeeper.server.auth.X509AuthenticationProvider";

function checkSasl(settings: StaticSettings, file: string): void {
  const { booleans } = settings;
  const requireKey = (
    key: "quorum.auth.serverRequireSasl" | "quorum.auth.learnerRequireSasl",
    other: "quorum.auth.enableSasl" | "quorum.auth.learnerRequireSasl",
  ): void => {
    if (booleans.get(key) !== true || booleans.get(other) === true) return;
    throwIllegalArgument(`${other} is disabled, so cannot enable ${key}`, {
      kind: "sasl-needs",
      other,
      ...placeOf(settings, file, key),
    });
  };
  requireKey("quorum.auth.serverRequireSasl", "quorum.auth.enableSasl");
  requireKey("quorum.auth.learnerRequireSasl", "quorum.auth.enableSasl");
  requireKey("quorum.auth.serverRequireSasl", "quorum.auth.learnerRequireSasl");
}

/** A port of 0 is a port that is not set. */
function staticAddress(
  settings: StaticSettings,
  file: string,
  portKey: "clientPort" | "secureClientPort",
  addressKey: "clientPortAddress" | "secureClientPortAddress",
): StaticAddress | null {
  const port = settings.ints.get(portKey) ?? 0;
  const host = settings.texts.get(addressKey);
  if (port === 0) {
    if (host === undefined) return null;
    throwIllegalArgument(`${addressKey} is set but ${portKey} is not set`, {
      kind: "port-unset",
      portKey,
      ...placeOf(settings, file, addressKey),
    });
  }
  const place = placeOf(settings, file, portKey);
  if (host === undefined) return { ...wildcardAddress(port, place), isFromPortAlone: true };
  const hostPlace = placeOf(settings, file, addressKey);
  return { ...resolvedAddress(host, port, hostPlace, place), isFromPortAlone: false };
}

/** `configureSSLAuth`: the scheme needs a provider; the default one, x509, brings its own. */
function configureSslAuth(reading: Reading): void {
  const { systemProperties, settings, options } = reading;
  const scheme = systemProperties.get("zookeeper.ssl.authProvider") ?? "x509";
  if (systemProperties.has(AUTH_PROVIDER + scheme)) return;
  if (scheme !== "x509") {
    throwConfigException(
      `No auth provider configured for the SSL authentication scheme '${scheme}'.`,
      {
        kind: "no-auth-provider",
        scheme,
        ...placeOf(settings, options.configPath, "ssl.authProvider"),
      },
    );
  }
  systemProperties.set(AUTH_PROVIDER + scheme, X509_PROVIDER);
}

/** 2 and 20 ticks unless set, in Java's ints, which overflow. */
function sessionTimeouts(
  settings: StaticSettings,
  file: string,
  tickTime: number,
): readonly [min: number, max: number] {
  const timeout = (key: "minSessionTimeout" | "maxSessionTimeout", ticks: number): number => {
    const value = settings.ints.get(key) ?? -1;
    return value === -1 ? Math.imul(tickTime, ticks) : value;
  };
  const min = timeout("minSessionTimeout", 2);
  const max = timeout("maxSessionTimeout", 20);
  if (min > max) {
    const key = settings.places.has("maxSessionTimeout")
      ? "maxSessionTimeout"
      : "minSessionTimeout";
    throwIllegalArgument("minSessionTimeout must not be larger than maxSessionTimeout", {
      kind: "session-timeouts",
      min,
      max,
      ...placeOf(settings, file, settings.places.has(key) ? key : "tickTime"),
    });
  }
  return [min, max];
}

function checkMetricsProvider(className: string, reading: Reading): void {
  const { settings, options } = reading;
  if ([...METRICS_PROVIDERS, ...(options.metricsProviders ?? [])].includes(className)) return;
  throw new JavaThrowable(
    [
      { kind: "IllegalArgumentException", message: "metrics provider class was not found" },
      { kind: "ClassNotFoundException", message: className },
    ],
    {
      kind: "metrics-provider",
      className,
      ...placeOf(settings, options.configPath, "metricsProvider.className"),
    },
  );
}
