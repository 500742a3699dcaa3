import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../capture.ts';
import { closeServers, play, serve } from './camera-rig.ts';
import { encodedPicture } from './camera-server.ts';

afterEach(closeServers);

describe('a snapshot address', () => {
  it('is asked at the configured rate over one connection, and never twice for one picture', async () => {
    const pictures = await Promise.all([1, 2, 3, 4].map((i) => encodedPicture({ red: i * 50 })));
    const conditions: unknown[] = [];
    const server = await serve((request, response, count) => {
      conditions.push(request.headers['if-none-match']);
      // The second answer is the first again, the third says that nothing changed.
      const index = count <= 3 ? 0 : count - 3;
      if (count === 3) response.writeHead(304).end();
      else response.setHeader('etag', `"${index}"`).end(pictures[index]);
    });
    const startMs = performance.now();
    const result = await play(`${server.url}/snapshot.jpg`, { fps: 10 });
    expect(result.frames.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(new Set(result.frames.map(({ first }) => first)).size).toBe(3);
    expect(server.requests).toHaveLength(5);
    expect(conditions).toEqual([undefined, '"0"', '"0"', '"0"', '"1"']);
    expect(server.connections()).toBe(1);
    expect(performance.now() - startMs).toBeGreaterThan(390);
    expect(result.events).toEqual([
      expect.objectContaining({ type: 'opened', fps: 10 }),
      { type: 'unchanged' },
      { type: 'unchanged' },
    ]);
  });

  it('is asked once a second where no rate is configured', async () => {
    let red = 0;
    const server = await serve((_, response) => {
      void encodedPicture({ red: (red += 40) }).then((picture) => response.end(picture));
    });
    const { frames } = await play(server.url, {}, { framesMax: 2 });
    const apartMs = frames[1]!.timestampMs - frames[0]!.timestampMs;
    expect(apartMs).toBeGreaterThan(800);
    expect(apartMs).toBeLessThan(1800);
  });

  it('may answer without a length', async () => {
    let red = 0;
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'image/jpeg', connection: 'close' });
      void encodedPicture({ red: (red += 40) }).then((picture) => {
        response.write(picture.subarray(0, 100));
        setTimeout(() => response.end(picture.subarray(100)), 20);
      });
    });
    const { outcome, events } = await play(server.url, { fps: 20 });
    expect(outcome).toBe('limit');
    expect(events.filter(({ type }) => type === 'lost')).toEqual([]);
  });

  it('is never asked again before it has answered', async () => {
    let open = 0;
    let openMax = 0;
    let red = 0;
    const server = await serve((_, response) => {
      openMax = Math.max(openMax, ++open);
      setTimeout(() => {
        void encodedPicture({ red: (red += 20) }).then((picture) => {
          open--;
          response.end(picture);
        });
      }, 100);
    });
    await play(server.url, { fps: 60 }, { framesMax: 4 });
    expect(openMax).toBe(1);
  });

  it('that fails is tried again with growing waits', async () => {
    let red = 0;
    const server = await serve((_, response, count) => {
      if (count > 1 && count < 4) response.writeHead(503).end();
      else void encodedPicture({ red: (red += 40) }).then((picture) => response.end(picture));
    });
    const { events } = await play(server.url, { fps: 50 }, { framesMax: 2 });
    const lost = events.flatMap((event) => (event.type === 'lost' ? [event] : []));
    expect(lost.map(({ reason }) => reason)).toEqual([
      'it is busy or not ready (HTTP 503)',
      expect.stringMatching(/^cannot open \S+: it is busy or not ready \(HTTP 503\)$/),
    ]);
    expect(lost.map(({ retryInMs }) => retryInMs)).toEqual([250, 500]);
  });

  it('ends its requests when nobody subscribes any more', async () => {
    let red = 0;
    const server = await serve((_, response) => {
      void encodedPicture({ red: (red += 5) }).then((picture) => response.end(picture));
    });
    const { pool } = await play(server.url, { fps: 50 });
    await until(() => pool.inUse === 0);
    const asked = server.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(server.requests.length).toBeLessThanOrEqual(asked + 1);
  });
});
