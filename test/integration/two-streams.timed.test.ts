import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFfmpeg } from '../../operators/ingest/ffmpeg/ffmpeg-binary.ts';
import type { Frame } from '../../operators/ingest/frames/frame.ts';
import { createSource } from '../../operators/ingest/sources/create-source.ts';
import { pairedSource } from '../../operators/ingest/sources/paired/paired-source.ts';
import { capture } from '../operators/ingest/capture.ts';
import { encodePictures, serveClockCamera } from './clock-camera.ts';

let folder: string;
let ffmpeg: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'two-streams-'));
  ({ path: ffmpeg } = await findFfmpeg());
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A film of `count` pictures whose brightness rises by 2 every 40 ms. */
function film(name: string, size: string, rate: number): string {
  const path = join(folder, name);
  const input = ['-f', 'lavfi', '-i', `color=black:size=${size}:rate=${rate},format=gray`];
  const filter = ['-vf', `geq=lum='40+50*T'`, '-t', '3', '-c:v', 'ffv1'];
  execFileSync(ffmpeg, ['-loglevel', 'error', ...input, ...filter, path]);
  return path;
}

const isAlike = ({ full, view }: Frame, within: number): boolean =>
  Math.abs(full[0]! - view[0]!) <= within;

describe('two streams of one camera', () => {
  it.each(['demand', 'live'] as const)(
    'of two recordings are in step at pace %s',
    async (pace) => {
      const detect = createSource(film(`small-${pace}.avi`, '64x48', 25));
      const main = createSource(film(`large-${pace}.avi`, '320x240', 25));
      const sizes = new Set<string>();
      let apart = 0;
      const { outcome, frames } = await capture(pairedSource(detect, main), {
        pace,
        slots: 4,
        onFrame: (frame) => {
          sizes.add(`${frame.width}×${frame.height} of ${frame.sourceWidth}×${frame.sourceHeight}`);
          if (!isAlike(frame, 2)) apart++;
        },
      });
      expect(outcome).toBe('complete');
      expect(frames.length).toBeGreaterThan(60);
      expect([...sizes]).toEqual(['320×240 of 320×240']);
      expect(apart).toBe(0);
    },
    90_000,
  );

  it('of an RTSP camera are matched by the time of capture, though one is late', async () => {
    const accessUnits = encodePictures(ffmpeg, 500);
    const usual = { accessUnits, intervalMs: 40, firstTimestamp: 5, reportEvery: 10 };
    const [fast, late] = await Promise.all([
      serveClockCamera({ ...usual, delayMs: 40 }),
      serveClockCamera({ ...usual, delayMs: 120 }),
    ]);
    const frames: { basis: string; wide: number }[] = [];
    const source = pairedSource(createSource(fast.url), createSource(late.url), {
      toleranceMs: 300,
    });
    await capture(source, {
      pace: 'live',
      framesMax: 200,
      onFrame: ({ timeBasis, sourceWidth }) => frames.push({ basis: timeBasis, wide: sourceWidth }),
    });
    fast.close();
    late.close();
    expect(frames.slice(-50).every(({ basis }) => basis === 'capture')).toBe(true);
    expect(new Set(frames.map(({ wide }) => wide))).toEqual(new Set([64]));
  }, 60_000);
});
