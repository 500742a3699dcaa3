import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { droppedBy, type Capture } from '../capture.ts';
import { closeServers, play, serve } from './camera-rig.ts';
import { encodedPicture, sendSteadily } from './camera-server.ts';

afterEach(closeServers);

const part = (picture: Buffer, head = ''): Buffer =>
  Buffer.concat([
    Buffer.from(`--frame\r\nContent-Type: image/jpeg\r\n${head}\r\n`),
    picture,
    Buffer.from('\r\n'),
  ]);

function beginMultipart(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary="--frame"' });
}

/** Pictures a second, delivered or dropped, without the first half second. */
const rateOf = ({ frames }: Capture): number => {
  const settled = frames.filter(({ timestampMs }) => timestampMs >= frames[0]!.timestampMs + 500);
  const [first, last] = [settled[0]!, settled.at(-1)!];
  return ((last.index - first.index) * 1000) / (last.timestampMs - first.timestampMs);
};

describe('a multipart camera', () => {
  it('is read over the connection on which it was asked, in the size of each picture', async () => {
    const pictures = [
      await encodedPicture({ red: 10 }),
      await encodedPicture({ red: 20, width: 80, height: 40 }),
      await encodedPicture({ red: 30, orientation: 6 }),
    ];
    const server = await serve((_, response) => {
      beginMultipart(response);
      sendSteadily(response, 20, (i) => part(pictures[i % 3]!));
    });
    const sizes: number[][] = [];
    const { outcome, events } = await play(
      `${server.url}/stream`,
      {},
      {
        pace: 'demand',
        onFrame: ({ sourceWidth, sourceHeight }) => sizes.push([sourceWidth, sourceHeight]),
      },
    );
    expect(outcome).toBe('limit');
    expect(sizes).toEqual([
      [64, 48],
      [80, 40],
      [48, 64],
    ]);
    expect(server.connections()).toBe(1);
    const detail = `${server.url} 64×48 (sharp)`;
    expect(events).toEqual([{ type: 'opened', detail, width: 64, height: 48, fps: null }]);
  });

  it.each([
    ['60 fps, of which 10 are wanted', 60, 10, 10],
    ['10 fps, of which 10 are wanted', 10, 10, 10],
    ['4 fps, of which 2 are wanted', 4, 2, 2],
    ['10 fps, of which 30 are wanted', 10, 30, 10],
  ])('that sends %s, is thinned by arrival and never copied', async (_, sent, wanted, expected) => {
    const pictures = await Promise.all(
      Array.from({ length: 16 }, (_, i) => encodedPicture({ red: i * 16 })),
    );
    const server = await serve((_, response) => {
      beginMultipart(response);
      sendSteadily(response, 1000 / sent, (i) => part(pictures[i % 16]!));
    });
    const framesMax = Math.ceil(expected * 4) + 1;
    const result = await play(`${server.url}/`, { fps: wanted }, { framesMax });
    expect(rateOf(result)).toBeGreaterThan(expected * 0.8);
    expect(rateOf(result)).toBeLessThan(expected * 1.25);
    const firsts = result.frames.map(({ first }) => first);
    expect(firsts.every((first, i) => i === 0 || first !== firsts[i - 1])).toBe(true);
  });

  it('gives the time of capture where its parts tell a plausible one', async () => {
    const picture = await encodedPicture();
    const takenMs = Date.now() - 2000;
    const server = await serve((_, response) => {
      beginMultipart(response);
      sendSteadily(response, 30, (i) => {
        const ms = i < 3 ? takenMs + i * 40 : 5000;
        return part(picture, `X-Timestamp: ${(ms / 1000).toFixed(6)}\r\n`);
      });
    });
    const times: unknown[] = [];
    await play(
      server.url,
      {},
      {
        pace: 'demand',
        framesMax: 4,
        onFrame: ({ timestampMs, timeBasis }) => times.push([timestampMs, timeBasis]),
      },
    );
    expect(times.slice(0, 3)).toEqual([0, 1, 2].map((i) => [takenMs + i * 40, 'capture']));
    expect(times[3]).toEqual([expect.any(Number), 'arrival']);
  });

  it('counts a picture that is cut short as corrupt, and goes on', async () => {
    const picture = await encodedPicture();
    const server = await serve((_, response) => {
      beginMultipart(response);
      const cut = picture.subarray(0, picture.length - 90);
      sendSteadily(response, 20, (i) => part(i === 1 ? cut : picture));
    });
    const result = await play(server.url, {}, { pace: 'demand' });
    expect(result.frames.map(({ index }) => index)).toEqual([0, 2, 3]);
    expect(droppedBy(result, 'corrupt')).toBe(1);
  });

  it('is opened again when it ends or stalls, and says so once', async () => {
    const picture = await encodedPicture();
    const server = await serve((_, response, count) => {
      beginMultipart(response);
      sendSteadily(response, 10, (i) =>
        i < 2 ? part(picture) : count === 1 ? null : Buffer.of(10),
      );
    });
    const options = { stallMs: 300, openMs: 400 };
    const { events, frames } = await play(server.url, options, { framesMax: 5 });
    expect(frames.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    const lost = events.flatMap((event) => (event.type === 'lost' ? [event.reason] : []));
    expect(lost).toEqual(['the stream ended', expect.stringMatching(/^no picture for 0\.\d+ s$/)]);
  });

  it('is not granted the time that its consumer takes at demand pace', async () => {
    const picture = await encodedPicture();
    const server = await serve((_, response) => {
      beginMultipart(response);
      sendSteadily(response, 50, (i) => (i < 4 ? part(picture) : Buffer.of(10)));
    });
    const slow = { pace: 'demand', slots: 1, holdMs: 700, framesMax: 5 } as const;
    const { events } = await play(server.url, { stallMs: 300, openMs: 400 }, slow);
    const lost = events.flatMap((event) => (event.type === 'lost' ? [event.reason] : []));
    expect(lost).toEqual([expect.stringMatching(/^no picture for 0\.\d+ s$/)]);
  });

  it('that is slow by nature is not taken for lost', async () => {
    const picture = await encodedPicture();
    const server = await serve((_, response) => {
      beginMultipart(response);
      sendSteadily(response, 700, () => part(picture));
    });
    const { events } = await play(server.url, { stallMs: 500, openMs: 5000 }, { framesMax: 4 });
    expect(events.filter(({ type }) => type === 'lost')).toEqual([]);
  });

  it('whose pictures cannot be decoded is lost, with the reason', async () => {
    const broken = Buffer.from(await encodedPicture());
    broken.fill(0, broken.indexOf(Buffer.from([0xff, 0xc4])) + 4, broken.length - 2);
    const server = await serve((_, response) => {
      beginMultipart(response);
      sendSteadily(response, 5, () => part(broken, `Content-Length: ${broken.length}\r\n`));
    });
    const result = await play(server.url, { openMs: 3000, stallMs: 1000 });
    expect((result.outcome as Error).message).toMatch(
      /^cannot open http:\/\/127\.0\.0\.1:\d+: (its pictures cannot be decoded|no picture for)/,
    );
    expect(droppedBy(result, 'corrupt')).toBeGreaterThan(3);
  });
});

describe('a camera of JPEGs without anything between them', () => {
  it('is read as a stream', async () => {
    const picture = await encodedPicture();
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'video/x-motion-jpeg' });
      sendSteadily(response, 10, () => picture);
    });
    const { outcome } = await play(server.url);
    expect(outcome).toBe('limit');
    expect(server.requests).toHaveLength(1);
  });
});
