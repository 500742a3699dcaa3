import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { NEVER, of, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Source } from '../../operators/ingest/source.ts';
import { watch } from '../../pipeline/application/watch.ts';
import { ConfigError } from '../../pipeline/configuration/config-error.ts';
import type { LifelensEvent, Sink } from '../../sinks/events.ts';
import { PortError } from '../../sinks/http/http-server.ts';

const log = pino({ level: 'silent' });
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lifelens-watch-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A sink of the caller that counts its closings, and may fail to close. */
class OwnSink implements Sink {
  readonly name = 'own';
  readonly dropped = 0;
  readonly events: LifelensEvent[] = [];
  closed = 0;
  readonly #closing: () => Promise<void>;

  constructor(closing = async (): Promise<void> => undefined) {
    this.#closing = closing;
  }

  publish(event: LifelensEvent): void {
    this.events.push(event);
  }

  close(): Promise<void> {
    this.closed++;
    return this.#closing();
  }
}

const empty: Source = { kind: 'file', endless: false, open: () => of() };
const failing: Source = {
  kind: 'file',
  endless: false,
  open: () => throwError(() => new Error('no picture')),
};
const silent: Source = { kind: 'file', endless: false, open: () => NEVER };
const quiet = { dashboard: { enabled: false } };

async function isLocked(): Promise<boolean> {
  return (await readdir(dir)).includes('lock');
}

describe('a watch that cannot open', () => {
  it('for a bad configuration closes the sinks of the caller', async () => {
    const sink = new OwnSink();
    const config = { seed: -1 };
    await expect(watch(config, { log, sinks: [sink] })).rejects.toBeInstanceOf(ConfigError);
    expect(sink.closed).toBe(1);
  });

  it('for a state that is in use closes the sinks of the caller', async () => {
    const config = { ...quiet, state: { dir } };
    // A source that ends would end the first watch, and free its state.
    const first = await watch(config, { log, sources: { yard: silent } });
    const sink = new OwnSink();
    await expect(watch(config, { log, sinks: [sink] })).rejects.toMatchObject({ code: 'in-use' });
    expect(sink.closed).toBe(1);
    await first.stop();
  });

  it('for a taken port closes the sinks of the caller and releases the state', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const sink = new OwnSink();
    const config = { dashboard: { port }, state: { dir } };
    await expect(watch(config, { log, sinks: [sink] })).rejects.toBeInstanceOf(PortError);
    expect(sink.closed).toBe(1);
    expect(await isLocked()).toBe(false);
    taken.close();
  });

  it('for a taken port reports that even where a sink fails to close', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const sink = new OwnSink(() => Promise.reject(new Error('stuck')));
    const config = { dashboard: { port }, state: { dir } };
    await expect(watch(config, { log, sinks: [sink] })).rejects.toBeInstanceOf(PortError);
    expect(await isLocked()).toBe(false);
    taken.close();
  });
});

describe('a watch that runs', () => {
  it('carries out the first command, also one that is sent at once', async () => {
    const watching = await watch(quiet, { log, sources: { yard: silent } });
    expect(await watching.send({ command: 'pause' })).toEqual({ ok: true });
    await watching.stop();
  });
});

describe('a watch that ends', () => {
  it('closes the sinks of the caller and releases the state', async () => {
    const sink = new OwnSink();
    const config = { ...quiet, state: { dir } };
    const { report, events$ } = await watch(config, {
      log,
      sinks: [sink],
      sources: { yard: empty },
    });
    const seen: string[] = [];
    events$.subscribe({ next: ({ type }) => seen.push(type), complete: () => seen.push('end') });
    await report;
    expect(seen.at(-1)).toBe('end');
    expect(seen).toContain('camera');
    expect(sink.closed).toBe(1);
    expect(await isLocked()).toBe(false);
  });

  it('releases the state where a sink fails to close', async () => {
    const sink = new OwnSink(() => Promise.reject(new Error('stuck')));
    const config = { ...quiet, state: { dir } };
    const { report } = await watch(config, { log, sinks: [sink], sources: { yard: empty } });
    await expect(report).rejects.toThrow('stuck');
    expect(await isLocked()).toBe(false);
  });

  it('rejects with the error of the last camera where all have failed', async () => {
    const sink = new OwnSink();
    const sources = { yard: failing, door: failing };
    const config = { ...quiet, state: { dir } };
    const { report, send } = await watch(config, { log, sinks: [sink], sources });
    await expect(report).rejects.toThrow('no picture');
    const states = sink.events.flatMap((event) => (event.type === 'camera' ? [event.state] : []));
    expect(states).toEqual(['failed', 'failed']);
    expect(sink.closed).toBe(1);
    expect(await isLocked()).toBe(false);
    expect(await send({ command: 'undo' })).toMatchObject({ ok: false, code: 'failed' });
  });

  it('goes on with the cameras that are left where one fails', async () => {
    const sources = { yard: failing, door: empty };
    const { report } = await watch(quiet, { log, sources });
    expect(await report).toMatchObject({ headVersion: 0 });
  });

  it('stops before the first frame where its signal is aborted already', async () => {
    const signal = AbortSignal.abort();
    const watching = await watch({ ...quiet, state: { dir } }, { log, signal });
    expect(await watching.report).toMatchObject({ captured: 0 });
    expect(await isLocked()).toBe(false);
  });
});
