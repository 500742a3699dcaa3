import { mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import { connect as connectTcp, createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { connect as connectNats } from 'nats';
import { codeOf } from '../../../operators/foundation/errors/code-of.ts';
import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import { whyUnwritable } from '../../../operators/foundation/files/why-unwritable.ts';
import { shownAddress } from '../../../operators/foundation/secrets/shown-address.ts';
import { SourceError } from '../../../operators/ingest/source.ts';
import { createSource } from '../../../operators/ingest/sources/create-source.ts';
import { connectionOptions, reasonOf } from '../../../sinks/nats-connection.ts';
import type { CameraConfig, Config } from '../../configuration/config.ts';
import { better, fine, problem, type Finding } from './finding.ts';

/** Longest wait for a host. */
const answerMsMax = 3000;
/** A store grows to about this with the default settings, heads included. */
const diskMin = 256 * 1024 * 1024;
const portOf: Readonly<Record<string, number>> = { rtsp: 554, rtsps: 322, http: 80, https: 443 };

/** Whether the folder of the state, or the one that it will be in, can be written to. */
export async function examineState({ dir }: Config['state']): Promise<Finding> {
  if (dir === null) {
    const advice = 'set state.dir, or --state, to keep labels and what was learned';
    return better('state', 'kept in memory, and lost at the end', advice);
  }
  let folder = resolve(dir);
  try {
    while (!(await exists(folder)) && dirname(folder) !== folder) folder = dirname(folder);
    await rm(await mkdtemp(join(folder, '.lifelens-')), { recursive: true });
  } catch (error) {
    const text = `${dir} cannot be written to: ${whyUnwritable(error)}`;
    return problem('state', text, 'name a folder that this user may write to in state.dir');
  }
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const text = `${dir} can be written to, ${(free / 1024 ** 3).toFixed(1)} GiB are free`;
  if (free >= diskMin) return fine('state', text);
  return better('state', text, 'make room: a full disk stops labels from being stored');
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Whether the dashboard can be served where it is to be. */
export async function examineDashboard(dashboard: Config['dashboard']): Promise<Finding> {
  const { enabled, host, port } = dashboard;
  if (!enabled) return fine('dashboard', 'not served');
  const error = await new Promise<unknown>((settle) => {
    const server = createServer();
    server.on('error', settle).listen(port, host, () => server.close(() => settle(null)));
  });
  if (error === null) return fine('dashboard', `${host}:${port} is free`);
  const text = `${host}:${port} cannot be used: ${codeOf(error)}`;
  const advice =
    codeOf(error) === 'EADDRINUSE'
      ? 'another program, perhaps another lifelens, listens there: set dashboard.port'
      : 'set dashboard.host and dashboard.port to an address of this machine';
  return problem('dashboard', text, advice);
}

/** Whether the broker lets this client in. */
export async function examineNats({ nats }: Pick<Config, 'nats'>): Promise<Finding> {
  if (!nats.enabled) return fine('NATS', 'not used');
  const { servers, user, password: pass, token, credsFile, tls } = nats;
  const shown = servers.map((server) => shownAddress(server)).join(', ');
  try {
    const { enabled, ...files } = tls;
    const connection = await connectNats({
      ...connectionOptions({
        servers,
        ...present({ user, pass, token, credsFile }),
        ...(enabled ? { tls: present(files) } : {}),
      }),
      timeout: answerMsMax,
    });
    await connection.close();
    return fine('NATS', `${shown} answers`);
  } catch (error) {
    return problem(
      'NATS',
      `${shown}: ${reasonOf(error)}`,
      'start the broker, or mend nats.servers',
    );
  }
}

function present<T extends Readonly<Record<string, string | null>>>(fields: T) {
  const given = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(given) as { readonly [K in keyof T]?: string };
}

/** Whether each enabled camera is there: files exist, and hosts answer. */
export function examineCameras({ cameras }: Pick<Config, 'cameras'>): {
  readonly part: string;
  readonly finding: Promise<Finding>;
}[] {
  const enabled = Object.entries(cameras).filter(([, camera]) => camera.enabled);
  return enabled.map(([name, camera]) => {
    const part = `camera ${name}`;
    return { part, finding: examineCamera(part, camera) };
  });
}

async function examineCamera(part: string, camera: CameraConfig): Promise<Finding> {
  const texts: string[] = [];
  for (const source of [camera.source, camera.detectSource]) {
    if (source === null) continue;
    const shown = shownAddress(source);
    try {
      createSource(source, present({ user: camera.user, password: camera.password }));
      const [protocol, host, port] = hostOf(source);
      if (host !== null) await reach(host, port ?? portOf[protocol] ?? 80);
      if (source.startsWith('/dev/')) await stat(source);
      texts.push(host === null ? shown : `${shown} answers`);
    } catch (error) {
      const text = error instanceof SourceError ? error.message : `${shown}: ${reasonFor(error)}`;
      const advice = 'mend cameras.<name>.source, or plug the camera in; a run keeps trying it';
      return problem(part, text, advice);
    }
  }
  return fine(part, texts.join(' and '));
}

function reasonFor(error: unknown): string {
  return codeOf(error) === 'ENOENT' ? 'no such device' : messageOf(error);
}

/** Protocol, host and port of an address; a path has no host. */
function hostOf(source: string): readonly [string, string | null, number | null] {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(source)) return ['', null, null];
  const { protocol, hostname, port } = new URL(source);
  const host = hostname.replace(/^\[|\]$/g, '');
  return [protocol.slice(0, -1), host, port === '' ? null : Number(port)];
}

/** Rejects where nothing answers there in time. */
function reach(host: string, port: number): Promise<void> {
  return new Promise((settle, reject) => {
    const socket = connectTcp({ host, port, timeout: answerMsMax });
    const end = (error: Error | null): void => {
      socket.destroy();
      if (error === null) settle();
      else reject(error);
    };
    socket.on('connect', () => end(null));
    socket.on('timeout', () => end(new Error(`no answer in ${answerMsMax / 1000} s`)));
    socket.on('error', (error) => end(new Error(codeOf(error))));
  });
}
