import { merge, type Observable } from 'rxjs';
import { openJsonLines } from '../../sinks/json-lines.ts';
import { NatsSink } from '../../sinks/nats.ts';
import { PrometheusSink } from '../../sinks/prometheus.ts';
import { startHttpServer, type HttpServer } from '../../sinks/http/http-server.ts';
import { WebSocketSink } from '../../sinks/websocket/websocket.ts';
import type { HelloFacts } from '../../sinks/protocol.ts';
import type {
  CommandRequest,
  LifelensEvent,
  PictureEvent,
  SampleMessage,
  Sink,
} from '../../sinks/events.ts';
import type { Config } from '../configuration/config.ts';
import type { Log } from '../log.ts';

export interface SinkParts {
  readonly config: Pick<Config, 'dashboard' | 'nats'>;
  /** Where every frame's detections are written; absent: nowhere. */
  readonly detectionsFile?: string;
  readonly version: string;
  readonly log: Log;
  readonly hello: () => HelloFacts;
  readonly samples: () => readonly SampleMessage[];
  readonly health: () => { readonly ok: boolean; readonly [fact: string]: unknown };
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
  close(): Promise<void>;
}

/** Opens what the configuration asks for. Rejects with the sink's own error, and leaves nothing open then. */
export async function openSinks(parts: SinkParts): Promise<Sinks> {
  const { config, version, log } = parts;
  const sinks: Sink[] = [];
  let http: HttpServer | null = null;
  const close = async (): Promise<void> => {
    await Promise.all(sinks.map((sink) => sink.close()));
    await http?.close();
  };
  try {
    if (parts.detectionsFile !== undefined) {
      const onError = (error: Error): void => log.error(error.message);
      sinks.push(await openJsonLines(parts.detectionsFile, { onError }));
    }
    if (config.dashboard.enabled) {
      const { host, port, token, allowedHosts, allowedOrigins, clientsMax } = config.dashboard;
      const prometheus = new PrometheusSink({ version, sinks: () => sinks });
      http = await startHttpServer({
        host,
        port,
        allowedHosts,
        allowedOrigins,
        ...(token === null ? {} : { token }),
        health: parts.health,
        metrics: () => prometheus.render(),
      });
      sinks.push(prometheus);
      sinks.push(
        new WebSocketSink({
          http,
          hello: parts.hello,
          samples: parts.samples,
          clientsMax,
        }),
      );
    }
    if (config.nats.enabled) sinks.push(openNats(config.nats, log));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: http?.url ?? null,
    commands$: merge(...sinks.flatMap(({ commands$ }) => commands$ ?? [])),
    publish(event) {
      for (const sink of sinks) sink.publish(event);
    },
    wantsPictures: (camera) => sinks.some((sink) => sink.wantsPictures?.(camera) === true),
    publishPicture(picture) {
      for (const sink of sinks) sink.publishPicture?.(picture);
    },
    close,
  };
}

function openNats(config: Config['nats'], log: Log): NatsSink {
  const { servers, instance, user, password, token, credsFile, tls, thumbnails } = config;
  const given = <K extends string>(key: K, value: string | null): Partial<Record<K, string>> =>
    value === null ? {} : ({ [key]: value } as Record<K, string>);
  return new NatsSink({
    servers,
    instance,
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
