import { describe, expect, it } from 'vitest';
import type { SampleMessage } from '../../../sinks/events.ts';
import { cameraState, detections, metrics, model, sample } from '../sample-events.ts';
import {
  connectClient,
  connectStalledClient,
  startSink,
  TestClient,
  until,
} from './websocket-rig.ts';

describe('a client that connects to the WebSocket', () => {
  it('receives hello first, then the current state', async () => {
    const { http, sink } = await startSink({ samples: () => [sample('s1'), sample('s2')] });
    for (const event of [metrics(), model(), cameraState(), detections(1)]) sink.publish(event);
    const client = await connectClient(http);
    await until(() => client.ofType('sample').length === 2);
    expect(client.messages.map(({ type }) => type)).toEqual([
      'hello',
      'camera',
      'model',
      'metrics',
      'sample',
      'sample',
    ]);
    expect(client.messages.map(({ v, seq }) => [v, seq])).toEqual(
      [0, 1, 2, 3, 4, 5].map((seq) => [1, seq]),
    );
    expect(client.messages[0]).toMatchObject({
      protocol: 1,
      product: 'lifelens',
      version: '1.2.3',
      cameras: ['yard'],
      engine: 'onnx',
      headVersion: 3,
      past: 5,
      classes: ['traffic cone'],
      limits: { commandBytesMax: 262_144, pendingBytesMax: 4_194_304 },
    });
  });

  it('receives the newest samples of a large memory, within bounds', async () => {
    const thumbnail = 'A'.repeat(20_000);
    const many: SampleMessage[] = [];
    for (let i = 0; i < 500; i++) many.push(sample(`s${i}`, { thumbnail }));
    const { http } = await startSink({ samples: () => many.toReversed() });
    const client = await connectClient(http);
    await until(() => client.ofType('sample').at(-1)?.['sampleId'] === 's499');
    const samples = client.ofType('sample');
    expect(samples.length).toBeGreaterThan(50);
    expect(samples.length * 20_000).toBeLessThanOrEqual(2 * 1024 * 1024);
    expect(samples[0]!['sampleId']).toBe(`s${500 - samples.length}`);
  });

  it('receives at most the last fifty model events', async () => {
    const { http, sink } = await startSink();
    for (let i = 0; i < 80; i++) sink.publish(model({ headVersion: i }));
    const client = await connectClient(http);
    await until(() => client.ofType('model').length === 50);
    expect(client.ofType('model')[0]!['headVersion']).toBe(30);
  });

  it('is refused with 1013 at the maximum number of clients, and the others stay connected', async () => {
    const { http, sink } = await startSink({ clientsMax: 2 });
    const first = await connectClient(http);
    await connectClient(http);
    const third = new TestClient(http);
    await until(() => third.closeCode !== null);
    expect(third.closeCode).toBe(1013);
    expect(third.messages).toEqual([]);
    sink.publish(detections(1));
    await until(() => first.ofType('detections').length === 1);
    first.socket.close();
    await until(() => sink.clientCount === 1);
    await connectClient(http);
  });
});

describe('events on the WebSocket', () => {
  it('reach the clients that subscribed to them', async () => {
    const { http, sink } = await startSink();
    const all = await connectClient(http);
    const some = await connectClient(http);
    await some.ask({ command: 'subscribe', types: ['model'] });
    sink.publish(detections(1));
    sink.publish(model());
    await until(() => some.ofType('model').length === 1 && all.ofType('model').length === 1);
    expect(all.ofType('detections')).toHaveLength(1);
    expect(some.ofType('detections')).toHaveLength(0);
  });

  it('include pictures only while a client subscribes to them, as binary messages', async () => {
    const { http, sink } = await startSink();
    const client = await connectClient(http);
    const picture = { camera: 'yard', frame: 3, timestampMs: 120, jpeg: Buffer.from('JPEG') };
    expect(sink.wantsPictures('yard')).toBe(false);
    sink.publishPicture(picture);
    await client.ask({ command: 'subscribe', pictures: true, cameras: ['yard'] });
    expect(sink.wantsPictures('yard')).toBe(true);
    expect(sink.wantsPictures('gate')).toBe(false);
    sink.publishPicture(picture);
    await until(() => client.pictures.length === 1);
    expect(client.pictures[0]!.subarray(3, 7).toString()).toBe('yard');
    expect(client.pictures[0]!.subarray(-4).toString()).toBe('JPEG');
    client.socket.close();
    await until(() => sink.clientCount === 0);
    expect(sink.wantsPictures('yard')).toBe(false);
  });

  it('are dropped, oldest first, for a client that never reads, which costs bounded memory', async () => {
    const pendingBytesMax = 1024 * 1024;
    const { http, sink } = await startSink({ pendingBytesMax });
    await connectStalledClient(http, sink);
    await until(() => sink.wantsPictures('yard'));
    const reader = await connectClient(http);
    const jpeg = Buffer.alloc(200_000);
    const before = process.memoryUsage().rss;
    let pendingMax = 0;
    for (let frame = 0; frame < 3000; frame++) {
      sink.publish(detections(frame));
      sink.publish(sample(`s${frame}`, { thumbnail: 'A'.repeat(3000) }));
      if (frame % 10 === 0) {
        sink.publish(model({ headVersion: frame, detail: 'x'.repeat(500) }));
        sink.publishPicture({ camera: 'yard', frame, timestampMs: 0, jpeg });
        await new Promise((resolve) => setImmediate(resolve));
      }
      pendingMax = Math.max(pendingMax, sink.pendingBytes);
    }
    await until(() => reader.ofType('detections').at(-1)?.['frame'] === 2999);
    expect(sink.dropped).toBeGreaterThan(2000);
    // The caps of two clients, and one picture in a socket's buffer.
    expect(pendingMax).toBeLessThan(2 * pendingBytesMax + jpeg.length);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
    expect(reader.ofType('model').length).toBe(300);
  });

  it('keep their order, and dropped ones leave a gap in the sequence numbers', async () => {
    const { http, sink } = await startSink({ pendingBytesMax: 200_000 });
    const client = await connectClient(http);
    for (let frame = 0; frame < 4000; frame++) {
      sink.publish(sample(`s${frame}`, { thumbnail: 'A'.repeat(6000) }));
    }
    sink.publish(model());
    await until(() => client.ofType('model').length === 1);
    const seqs = client.messages.map(({ seq }) => seq as number);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect(seqs.at(-1)).toBe(4001);
    expect(sink.dropped).toBe(4002 - seqs.length);
    expect(sink.dropped).toBeGreaterThan(0);
  });
});

describe('a client that vanished without closing its connection', () => {
  it('is ended by the heartbeat, and one that answers stays connected', async () => {
    const { http, sink } = await startSink({ heartbeatMs: 60 });
    await connectStalledClient(http, sink);
    const alive = await connectClient(http);
    await until(() => sink.clientCount === 1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(sink.clientCount).toBe(1);
    expect(alive.closeCode).toBeNull();
  });
});

describe('closing the WebSocket sink', () => {
  it('closes connections with 1001 and does not wait for unresponsive clients', async () => {
    const { http, sink } = await startSink();
    const client = await connectClient(http);
    await connectStalledClient(http, sink);
    const startMs = performance.now();
    await Promise.all([sink.close(), sink.close()]);
    expect(performance.now() - startMs).toBeLessThan(1500);
    await until(() => client.closeCode !== null);
    expect(client.closeCode).toBe(1001);
    sink.publish(metrics());
    await until(() => sink.clientCount === 0);
  });
});
