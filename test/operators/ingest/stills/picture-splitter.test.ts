import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import {
  PictureSplitter,
  type SplitPicture,
} from '../../../../operators/ingest/stills/picture-splitter.ts';

/** Pictures whose bytes differ, with a preview in their EXIF data as cameras write it. */
let pictures: Buffer[];
let png: Buffer;
let webp: Buffer;

beforeAll(async () => {
  const random = seededRandom(5);
  const noise = () => {
    const pixels = Uint8Array.from({ length: 40 * 30 * 3 }, () => Math.floor(random() * 256));
    return sharp(pixels, { raw: { width: 40, height: 30, channels: 3 } });
  };
  pictures = [];
  for (let i = 0; i < 8; i++) {
    const preview = await noise().resize(16, 12).jpeg().toBuffer();
    pictures.push(withPreview(await noise().jpeg().toBuffer(), preview));
  }
  png = await noise().png().toBuffer();
  webp = await noise().webp().toBuffer();
});

/** A JPEG with another one inside of an EXIF segment. */
function withPreview(jpeg: Buffer, preview: Buffer, remark = ''): Buffer {
  const body = Buffer.concat([Buffer.from('Exif\0\0MM\0*'), preview, Buffer.from(remark)]);
  const head = Buffer.from([
    0xff,
    0xd8,
    0xff,
    0xe1,
    (body.length + 2) >> 8,
    (body.length + 2) & 255,
  ]);
  return Buffer.concat([head, body, jpeg.subarray(2)]);
}

interface Read {
  readonly pictures: Buffer[];
  readonly captureMs: (number | null)[];
  readonly lost: number;
}

/** Splits a stream that comes in chunks of `chunkBytes`. */
function split(stream: Buffer, chunkBytes: number, isMultipart = true, boundary = 'frame'): Read {
  const splitter = new PictureSplitter({ isMultipart, boundary });
  const found: SplitPicture[] = [];
  for (let at = 0; at < stream.length; at += chunkBytes) {
    found.push(...splitter.push(stream.subarray(at, at + chunkBytes)));
  }
  found.push(...splitter.end());
  const whole = found.filter((picture) => picture !== 'lost');
  return {
    pictures: whole.map(({ bytes }) => bytes),
    captureMs: whole.map(({ captureMs }) => captureMs),
    lost: found.length - whole.length,
  };
}

type Part = (picture: Buffer, index: number) => (string | Buffer)[];
const join = (...parts: (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
const streamOf = (part: Part): Buffer =>
  join(...pictures.flatMap((picture, index) => part(picture, index)));

const dialects: readonly [string, Part, isMultipart?: boolean][] = [
  [
    'as it should be',
    (p) => [
      `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${p.length}\r\n\r\n`,
      p,
      '\r\n',
    ],
  ],
  [
    'without a first boundary',
    (p) => [
      `Content-Type: image/jpeg\r\nContent-Length: ${p.length}\r\n\r\n`,
      p,
      '\r\n--frame\r\n',
    ],
  ],
  ['without a length', (p) => ['--frame\r\nContent-Type: image/jpeg\r\n\r\n', p, '\r\n']],
  ['without headers', (p) => ['--frame\r\n\r\n', p, '\r\n']],
  ['with line feeds only', (p) => [`--frame\nContent-Length: ${p.length}\n\n`, p, '\n']],
  ['without a line break after the picture', (p) => ['--frame\r\nX: 1\r\n\r\n', p]],
  [
    'with another boundary than the declared one',
    (p) => ['--other--thing\r\nContent-Type: image/jpeg\r\n\r\n', p, '\r\n'],
  ],
  [
    'with a boundary without dashes',
    (p) => [`frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${p.length}\r\n\r\n`, p, '\r\n'],
  ],
  [
    'with no boundary at all',
    (p) => [`Content-Type: image/jpeg\r\nContent-Length: ${p.length}\r\n\r\n`, p],
  ],
  ['with a length of 0', (p) => ['--frame\r\nContent-Length: 0\r\n\r\n', p, '\r\n']],
  [
    'with many headers',
    (p, i) => [
      `\r\n--frame\r\nX-Sent: --frame\r\nServer: a:b\r\nContent-type:image/jpeg; q=1\r\n`,
      `CONTENT-LENGTH : ${p.length}\r\nX-Index: ${i}\r\n\r\n`,
      p,
    ],
  ],
  [
    'with parts that are no pictures',
    (p) => [
      '--frame\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nNo: motion!\r\n',
      `--frame\r\nContent-Type: application/octet-stream\r\n\r\n\x01\x02\x03\n\xff\r\n`,
      `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${p.length}\r\n\r\n`,
      p,
      '\r\n',
    ],
  ],
  [
    'with padding that counts as the picture',
    (p) => [`--frame\r\nContent-Length: ${p.length}\r\n\r\n`, p, '\r\n'],
  ],
  ['of pictures only', (p) => [p], false],
  ['of pictures with padding between them', (p) => [p, '\0\0\0\0'], false],
];

describe('PictureSplitter', () => {
  describe.each([1, 7, 1000, 1_000_000])('with chunks of %d bytes', (chunkBytes) => {
    it.each(dialects)('reads a stream %s', (_, part, isMultipart = true) => {
      const read = split(streamOf(part), chunkBytes, isMultipart);
      expect(read.pictures.length).toBe(pictures.length);
      expect(read.pictures.every((bytes, i) => bytes.equals(pictures[i]!))).toBe(true);
      expect(read.lost).toBe(0);
    });

    it('reads PNG and WebP pictures, with and without a length', () => {
      const sent = [png, webp, png];
      const stream = join(
        ...[`--b\r\nContent-Length: ${png.length}\r\n\r\n`, png, '\r\n--b\r\n\r\n', webp],
        ...['\r\n--b\r\n\r\n', png, '\r\n--b--\r\nthe end\r\n'],
      );
      expect(split(stream, chunkBytes).pictures).toEqual(sent);
      expect(split(join(...sent), chunkBytes, false).pictures).toEqual(sent);
    });

    it('does not end a picture at a boundary in its bytes', () => {
      const fake = '\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\n';
      const sent = pictures.map((picture) => withPreview(picture, pictures[0]!, fake));
      const parts = sent.flatMap((p) => ['--frame\r\nContent-Type: image/jpeg\r\n\r\n', p, '\r\n']);
      expect(split(join(...parts), chunkBytes).pictures).toEqual(sent);
    });

    it('takes the time of capture from the head of a part', () => {
      const times = ['1700000000.250000', '12.5', '0x1', ''];
      const parts = times.flatMap((time) => [`--b\r\nX-Timestamp: ${time}\r\n\r\n`, pictures[0]!]);
      const { captureMs } = split(join(...parts), chunkBytes);
      expect(captureMs).toEqual([1_700_000_000_250, 12_500, null, null]);
    });
  });

  it('does not believe lengths that never were right, after three pictures', () => {
    for (const wrong of [1, -1, 40, 100_000]) {
      const read = split(
        streamOf((p) => [`--frame\r\nContent-Length: ${p.length + wrong}\r\n\r\n`, p, '\r\n']),
        333,
      );
      expect(read.pictures).toEqual(pictures.slice(2));
      expect(read.lost).toBe(2);
    }
  });

  it('delivers each picture as soon as its last byte is there', () => {
    const splitter = new PictureSplitter({ isMultipart: true, boundary: 'frame' });
    for (const picture of pictures) {
      const head = Buffer.from(`--frame\r\nContent-Length: ${picture.length}\r\n\r\n`);
      expect(splitter.push(head)).toEqual([]);
      expect(splitter.push(picture)).toHaveLength(1);
      expect(splitter.push(Buffer.from('\r\n'))).toEqual([]);
    }
  });

  it('keeps a bounded number of bytes of an endless picture and of an endless head', () => {
    const splitter = new PictureSplitter({ isMultipart: true, boundary: 'frame' });
    splitter.push(pictures[0]!.subarray(0, -2));
    let lost = 0;
    for (let i = 0; i < 40; i++) lost += splitter.push(Buffer.alloc(2 ** 20, 1)).length;
    expect(lost).toBe(1);
    for (let i = 0; i < 40; i++) lost += splitter.push(Buffer.alloc(2 ** 20, 'x')).length;
    splitter.push(Buffer.from('\r\n--frame\r\n\r\n'));
    expect(splitter.push(pictures[1]!)).toHaveLength(1);
    expect(lost).toBe(1);
  });

  const mutated = dialects.filter(([name]) => !name.includes('no boundary at all'));

  it.each(mutated)(
    'never mixes pictures of a stream %s that is damaged',
    async (_, part, isMultipart = true) => {
      const random = seededRandom(11);
      const below = (count: number): number => Math.floor(random() * count);
      const clean = streamOf(part);
      let intact = 0;
      for (let round = 0; round < 120; round++) {
        const stream = damaged(clean, below, round % 4);
        const read = split(stream, 1 + below(2000), isMultipart);
        expect(read.pictures.length).toBeLessThanOrEqual(pictures.length);
        for (const bytes of read.pictures) {
          if (pictures.some((picture) => picture.equals(bytes))) intact++;
          else expect(await isRefusedOrOfOne(bytes)).toBe(true);
        }
      }
      // Damage costs few of the eight pictures.
      expect(intact / 120).toBeGreaterThan(5.5);
    },
  );
});

/** Cuts, flips, inserts or changes a boundary somewhere. */
function damaged(clean: Buffer, below: (count: number) => number, how: number): Buffer {
  const at = below(clean.length);
  switch (how) {
    case 0:
      return join(clean.subarray(0, at), clean.subarray(at + 1 + below(3000)));
    case 1: {
      const flipped = Buffer.from(clean);
      flipped[at]! ^= 1 << below(8);
      return flipped;
    }
    case 2: {
      const noise = Buffer.from(Array.from({ length: 1 + below(300) }, () => below(256)));
      return join(clean.subarray(0, at), noise, clean.subarray(at));
    }
    default: {
      const boundary = clean.indexOf('frame', at);
      if (boundary < 0) return clean.subarray(0, at);
      return join(clean.subarray(0, boundary), 'xyz', clean.subarray(boundary + 2 + below(8)));
    }
  }
}

/** Whether the decoder refuses a picture, or it begins and ends as one and the same that was sent. */
async function isRefusedOrOfOne(bytes: Buffer): Promise<boolean> {
  const sent = pictures.find((picture) => picture.subarray(-24).equals(bytes.subarray(-24)));
  const tail = (picture: Buffer) => commonEnd(picture, bytes);
  const head = (picture: Buffer) => commonStart(picture, bytes);
  // Damage in one place: what is before and behind it is of the same picture.
  if (sent !== undefined && head(sent) + tail(sent) >= bytes.length - 310) return true;
  return sharp(bytes)
    .raw()
    .toBuffer()
    .then(
      () => false,
      () => true,
    );
}

function commonStart(a: Buffer, b: Buffer): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count++;
  return count;
}

function commonEnd(a: Buffer, b: Buffer): number {
  let count = 0;
  while (count < a.length && count < b.length && a.at(-1 - count) === b.at(-1 - count)) count++;
  return count;
}
