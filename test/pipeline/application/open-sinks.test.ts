import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { parseConfig } from '../../../pipeline/configuration/config.ts';
import { openSinks, type SinkParts, type Sinks } from '../../../pipeline/application/open-sinks.ts';
import { PortError } from '../../../sinks/http/http-server.ts';
import type { Sink } from '../../../sinks/events.ts';
import { RecordingSink } from '../../../sinks/recording.ts';
import { detections, facts } from '../../sinks/sample-events.ts';

let dir: string;
let sinks: Sinks | null = null;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lifelens-sinks-'));
});
afterEach(async () => {
  await sinks?.close();
  sinks = null;
  await rm(dir, { recursive: true, force: true });
});

async function open(dashboard: object, parts: Partial<SinkParts> = {}): Promise<Sinks> {
  sinks = await openSinks({
    config: parseConfig({ dashboard }),
    version: '1.2.3',
    log: pino({ level: 'silent' }),
    status: {
      hello: () => facts,
      unlabelledSamples: () => [],
      health: () => ({
        live: false,
        ready: false,
        parts: [{ kind: 'camera', name: 'yard', ok: false, detail: 'lost' }],
      }),
    },
    ...parts,
  });
  return sinks;
}

describe('the sinks', () => {
  it('are none where none is configured', async () => {
    const { url, publish, wantsPictures } = await open({ enabled: false });
    expect(url).toBe(null);
    publish(detections(1));
    expect(wantsPictures('yard')).toBe(false);
  });

  it('write detections to the file and serve dashboard, metrics, health and WebSocket', async () => {
    const detectionsFile = join(dir, 'd.jsonl');
    const { url, publish } = await open({ port: 0 }, { detectionsFile });
    const client = new WebSocket(`${url!.replace('http', 'ws')}/ws`.replace('//ws', '/ws'));
    const received: Record<string, unknown>[] = [];
    client.on('message', (data: Buffer) =>
      received.push(JSON.parse(data.toString()) as Record<string, unknown>),
    );
    await once(client, 'open');
    await expect.poll(() => received.length).toBe(1);
    publish(detections(4));
    await expect.poll(() => received.map(({ type }) => type)).toEqual(['hello', 'detections']);
    client.close();

    const page = await fetch(url!);
    expect([page.status, page.headers.get('content-type')]).toEqual([
      ...[200, expect.stringContaining('text/html')],
    ]);
    expect(await (await fetch(new URL('/metrics', url!))).text()).toContain('lifelens_');
    const health = await fetch(new URL('/healthz', url!));
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({
      ok: false,
      parts: [{ name: 'yard', detail: 'lost' }],
    });

    await sinks!.close();
    const lines = (await readFile(detectionsFile, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { frame: number }).frame)).toEqual([4]);
  });

  it('emit the commands of all clients as one stream, which completes when they are closed', async () => {
    const { url, commands$ } = await open({ port: 0 });
    const ends: string[] = [];
    commands$.subscribe({
      next: ({ reply }) => reply({ ok: true, labelId: 'l1' }),
      complete: () => ends.push('complete'),
    });
    const client = new WebSocket(new URL('/ws', url!.replace('http', 'ws')));
    const answers: unknown[] = [];
    client.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as Record<string, unknown>;
      if (message['type'] === 'answer') answers.push(message['labelId']);
    });
    await once(client, 'open');
    client.send('{"command":"undo"}');
    await expect.poll(() => answers).toEqual(['l1']);
    client.close();
    await sinks!.close();
    expect(ends).toEqual(['complete']);
  });

  it('are closed where one of them can’t be opened', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const detectionsFile = join(dir, 'd.jsonl');
    await expect(open({ port }, { detectionsFile })).rejects.toBeInstanceOf(PortError);
    taken.close();
    await once(taken, 'close');
    // The port is free again, and the failed attempt left nothing that blocks the next one.
    expect((await open({ port }, { detectionsFile })).url).toContain(String(port));
  });

  it('leave out one that throws, log it once, and serve the others', async () => {
    const published: string[] = [];
    const sinkOf = (name: string, publish: () => void): Sink => ({
      name,
      dropped: 0,
      publish,
      close: () => Promise.resolve(),
    });
    let thrown = 0;
    const broken = sinkOf('broken', () => {
      thrown++;
      throw new Error('no paper');
    });
    const sound = sinkOf('sound', () => published.push('sound'));
    const { publish } = await open({ enabled: false }, { further: [broken, sound] });
    publish(detections(1));
    publish(detections(2));
    expect([thrown, published]).toEqual([1, ['sound', 'sound']]);
  });

  it('of the program itself stay out of the metrics', async () => {
    const internal = [new RecordingSink()];
    const { url } = await open({ port: 0 }, { internal });
    const metrics = await (await fetch(new URL('/metrics', url!))).text();
    expect(metrics).toContain('lifelens_sink_messages_dropped_total{sink="prometheus"}');
    expect(metrics).not.toContain('sink="recording"');
  });
});
