import { merge, type Observable } from 'rxjs';
import { openJsonLines } from '../../sinks/json-lines.ts';
import { NatsSink } from '../../sinks/nats.ts';
import { PrometheusSink } from '../../sinks/prometheus/prometheus.ts';
import type { AccessToken } from '../../sinks/http/access-tokens.ts';
import { isLoopback } from '../../sinks/http/http-access.ts';
import {
  startHttpServer,
  type HttpServer,
  type HttpServerOptions,
} from '../../sinks/http/http-server.ts';
import { WebSocketSink } from '../../sinks/websocket/websocket.ts';
import type { CommandRequest, LifelensEvent, PictureEvent, Sink } from '../../sinks/events.ts';
import type { HealthPart } from '../../sinks/health.ts';
import type { Config } from '../configuration/config.ts';
import { readDashboardTokens } from '../configuration/dashboard-tokens.ts';
import type { Log } from '../log.ts';
import { closeAll } from '../../operators/foundation/streams/close-all.ts';
import type { LiveStatus } from './live-status.ts';

export interface SinkParts {
  readonly config: Pick<Config, 'dashboard' | 'nats'>;
  /** Where every frame's detections are written; absent: nowhere. */
  readonly detectionsFile?: string;
  readonly version: string;
  readonly log: Log;
  readonly status: Pick<LiveStatus, 'hello' | 'unlabelledSamples' | 'health'>;
  /** Sinks that are open already; they are closed with the others, once those are open. */
  readonly further?: readonly Sink[];
  /** The same, but for the program itself: they drop nothing and stay out of the metrics. */
  readonly internal?: readonly Sink[];
}

/** All sinks as one. */
export interface Sinks {
  /** Address of the dashboard; null where none is served. */
  readonly url: string | null;
  /** Commands of all sinks; hot, completes when all sinks are closed. */
  readonly commands$: Observable<CommandRequest>;
  publish(event: LifelensEvent): void;
  wantsPictures(camera: string): boolean;
  publishPicture(picture: PictureEvent): void;
  /** How those that may be away do. */
  health(): readonly HealthPart[];
  close(): Promise<void>;
}

/**
 * Opens the sinks of the configuration. Rejects with the error of the one that could not be opened,
 * and closes the others of the configuration then.
 */
export async function openSinks(parts: SinkParts): Promise<Sinks> {
  const { config, version, log, status } = parts;
  const { further = [], internal = [] } = parts;
  const sinks: Sink[] = [...internal, ...further];
  const given = sinks.length;
  let http: HttpServer | null = null;
  const close = async (closing: readonly Sink[]): Promise<void> => {
    await closeAll(closing).finally(() => http?.close());
  };
  try {
    if (parts.detectionsFile !== undefined) {
      const onError = (error: Error): void => log.error(error.message);
      sinks.push(await openJsonLines(parts.detectionsFile, { onError }));
    }
    if (config.dashboard.enabled) {
      const prometheus = new PrometheusSink({
        version,
        sinks: () => sinks.slice(internal.length),
        http: () => http?.counts,
      });
      const tokens = await readDashboardTokens(config.dashboard, process.env);
      http = await openHttp(config.dashboard, tokens, {
        health: () => status.health(),
        metrics: () => prometheus.render(),
      });
      if (config.dashboard.token === null && tokens.length === 0 && !isLoopback(http.host)) {
        log.warn('the dashboard has no token: whoever reaches it may do everything');
      }
      sinks.push(prometheus);
      sinks.push(
        new WebSocketSink({
          http,
          hello: () => status.hello(),
          samples: () => status.unlabelledSamples(),
          clientsMax: config.dashboard.clientsMax,
        }),
      );
    }
    if (config.nats.enabled) sinks.push(openNats(config.nats, log));
  } catch (error) {
    await close(sinks.slice(given));
    throw error;
  }
  return {
    url: http?.url ?? null,
    commands$: merge(...sinks.flatMap(({ commands$ }) => commands$ ?? [])),
    publish: publisher(sinks, log),
    wantsPictures: (camera) => sinks.some((sink) => sink.wantsPictures?.(camera) === true),
    publishPicture(picture) {
      for (const sink of sinks) sink.publishPicture?.(picture);
    },
    health: () => sinks.flatMap((sink) => sinkHealth(sink)),
    close: () => close(sinks),
  };
}

/** A sink that knows how it does, as a part of a health report. */
function sinkHealth({ name, health }: Sink): HealthPart[] {
  return health === undefined ? [] : [{ kind: 'sink', name, ...health }];
}

/** Publishes to all sinks. One that throws, which none should, is logged once and left out. */
function publisher(sinks: readonly Sink[], log: Log): (event: LifelensEvent) => void {
  const broken = new Set<Sink>();
  return (event) => {
    for (const sink of sinks) {
      if (broken.has(sink)) continue;
      try {
        sink.publish(event);
      } catch (error) {
        broken.add(sink);
        log.error({ err: error }, `sink ${sink.name} threw and gets no further events`);
      }
    }
  };
}

function openHttp(
  config: Config['dashboard'],
  tokens: readonly AccessToken[],
  answers: Pick<HttpServerOptions, 'health' | 'metrics'>,
): Promise<HttpServer> {
  const { host, port, token, basePath } = config;
  const { allowedHosts, allowedOrigins, frameAncestors, trustedProxies } = config;
  return startHttpServer({
    host,
    port,
    basePath,
    allowedHosts,
    allowedOrigins,
    frameAncestors,
    trustedProxies,
    tokens,
    ...(token === null ? {} : { token }),
    ...answers,
  });
}

function openNats(config: Config['nats'], log: Log): NatsSink {
  const { servers, instance, scope, user, password, token, credsFile, tls, thumbnails } = config;
  const given = <K extends string>(key: K, value: string | null): Partial<Record<K, string>> =>
    value === null ? {} : ({ [key]: value } as Record<K, string>);
  return new NatsSink({
    servers,
    instance,
    scope,
    thumbnails,
    ...given('user', user),
    ...given('pass', password),
    ...given('token', token),
    ...given('credsFile', credsFile),
    ...(tls.enabled
      ? {
          tls: {
            ...given('caFile', tls.caFile),
            ...given('certFile', tls.certFile),
            ...given('keyFile', tls.keyFile),
          },
        }
      : {}),
    onNotice: (line) => log.info(line),
  });
}
