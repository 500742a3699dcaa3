import type { ServerResponse } from 'node:http';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createSource,
  type SourceOptions,
} from '../../../../operators/ingest/sources/create-source.ts';
import { capture, droppedBy, until, type Capture, type CaptureOptions } from '../capture.ts';
import { encodedPicture, sendSteadily, serveCamera, type CameraServer } from './camera-server.ts';

const servers: CameraServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(answer: Parameters<typeof serveCamera>[0]): Promise<CameraServer> {
  const server = await serveCamera(answer);
  servers.push(server);
  return server;
}

/** Plays a camera without ffmpeg: where that were needed, it would not be found. */
function play(
  url: string,
  options: SourceOptions = {},
  how: CaptureOptions = {},
): Promise<Capture> {
  const fast = { random: () => 0, firstOpenMustSucceed: true, ...options };
  return capture(createSource(url, fast), { pace: 'live', slots: 8, framesMax: 3, ...how });
}

const part = (picture: Buffer, head = ''): Buffer =>
  Buffer.concat([
    Buffer.from(`--frame\r\nContent-Type: image/jpeg\r\n${head}\r\n`),
    picture,
    Buffer.from('\r\n'),
  ]);

function beginMultipart(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary="--frame"' });
}

/** Frames a second over what was captured after the first half second. */
const rateOf = ({ frames }: Capture): number => {
  const times = frames.map(({ timestampMs }) => timestampMs);
  const settled = times.filter((time) => time >= times[0]! + 500);
  return ((settled.length - 1) * 1000) / (settled.at(-1)! - settled[0]!);
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
    const framesMax = Math.ceil(expected * 2.5) + 1;
    const result = await play(`${server.url}/`, { fps: wanted }, { framesMax });
    expect(rateOf(result)).toBeGreaterThan(expected * 0.85);
    expect(rateOf(result)).toBeLessThan(expected * 1.15);
    expect(droppedBy(result)).toBe(0);
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

  it('at live pace drops what waits for a decoder when a newer picture comes, as stale', async () => {
    const pixels = Uint8Array.from({ length: 1600 * 1200 * 3 }, (_, i) => (i * 7919) % 251);
    const raw = { width: 1600, height: 1200, channels: 3 as const };
    const large = await sharp(pixels, { raw }).jpeg().toBuffer();
    const burst = Buffer.concat(Array.from({ length: 12 }, () => part(large)));
    const server = await serve((_, response) => {
      beginMultipart(response);
      response.write(burst);
    });
    const result = await play(server.url, {}, { slots: 16 });
    expect(result.frames.map(({ index }) => index)).toEqual([0, 1, 11]);
    expect(droppedBy(result, 'stale')).toBe(9);
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
    expect(result.events).toEqual([expect.objectContaining({ type: 'opened', fps: 10 })]);
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

describe('an address that does not lead to pictures', () => {
  it.each([
    [
      'a web page',
      200,
      'text/html; charset=utf-8',
      '<!doctype html><p>x',
      'a web page \\(text/html\\), not with pictures',
    ],
    ['a web page of no type', 200, '', '\n<html>', 'a web page \\(text/html\\), not with pictures'],
    ['data', 200, 'application/json', '{"a":1}', 'text \\(application/json\\), not with pictures'],
    ['nothing', 200, 'image/jpeg', '', 'it answers with nothing'],
    [
      'a question for a password',
      401,
      '',
      '',
      'it asks for a user name and a password \\(HTTP 401\\)',
    ],
    ['that there is nothing', 404, '', 'gone', 'there is nothing at this path \\(HTTP 404\\)'],
    ['an error', 500, 'text/html', '<html>', 'it failed \\(HTTP 500\\)'],
  ])(
    'is reported in one sentence when it answers with %s',
    async (_, status, type, body, problem) => {
      const server = await serve((_, response) => {
        response.writeHead(status, type === '' ? {} : { 'content-type': type }).end(body);
      });
      const { outcome } = await play(`${server.url}/secret-path?key=secret-query`);
      expect(outcome).toMatchObject({ code: 'unreachable', source: server.url });
      expect((outcome as Error).message).toMatch(
        new RegExp(`^cannot open ${server.url}: .*${problem}`),
      );
      expect((outcome as Error).message).not.toMatch(/secret|\n/);
    },
  );

  it('is reported when it does not answer in time, before and after the head of its answer', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/head') response.writeHead(200).flushHeaders();
    });
    for (const [path, problem] of [
      ['/silent', 'no answer within 0.3 s'],
      ['/head', 'no picture within 0.3 s'],
    ] as const) {
      const { outcome } = await play(server.url + path, { openMs: 300, stallMs: 300 });
      expect((outcome as Error).message).toBe(`cannot open ${server.url}: ${problem}`);
    }
  });
});
