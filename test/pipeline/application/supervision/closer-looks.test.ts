import { of, toArray, firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { closerLooks } from '../../../../pipeline/application/supervision/closer-looks.ts';
import { FakeDetector } from '../../../operators/detect/fake-detector.ts';
import { detectedAt } from '../../../operators/track/scene.ts';

describe('closer looks of a camera', () => {
  it.each([
    { tiles: 'off', pace: 'live' },
    { tiles: 'auto', pace: 'demand' },
  ] as const)('are none with tiles $tiles at pace $pace', async ({ tiles, pace }) => {
    const detector = new FakeDetector();
    const operator = closerLooks({
      pace,
      detector,
      seeing: { tiles, minObjectness: 0.1, maxOverlap: 0.6 },
      tracks: () => [],
      onTile: () => undefined,
      nowMs: () => 0,
    });
    const frame = detectedAt(0, []);
    expect(await firstValueFrom(of(frame).pipe(operator, toArray()))).toEqual([frame]);
    expect(detector.received).toEqual([]);
  });
});
