import { describe, expect, it } from 'vitest';
import { DetectorPool, type PooledDetector } from '../../../operators/detect/detector-pool.ts';
import type { DetectorOptions } from '../../../operators/detect/detector.ts';
import { layoutOf, startDetectors } from '../../../operators/detect/start-detectors.ts';

const supervision = { onNotice: () => undefined };

/** Starts detectors on a provider; the one with the number `failing` does not start. */
function machine(provider: string, failing = -1) {
  const started: DetectorOptions[] = [];
  const closed: number[] = [];
  const start = (options: DetectorOptions): Promise<PooledDetector> => {
    const number = started.push(options) - 1;
    if (number === failing) return Promise.reject(new Error('no memory'));
    const detector = {
      describe: { provider },
      parallel: 1,
      close: () => {
        closed.push(number);
        return Promise.resolve();
      },
    };
    return Promise.resolve(detector as unknown as PooledDetector);
  };
  return { start, started, closed };
}

describe('layoutOf', () => {
  it.each([
    [1, 'auto', 1, 1],
    [2, 'auto', 2, 1],
    [4, 'auto', 4, 1],
    [7, 'auto', 4, 1],
    [8, 'auto', 4, 2],
    [15, 'auto', 4, 3],
    [8, 1, 1, 8],
    [8, 3, 3, 2],
    [1, 2, 2, 1],
  ] as const)(
    'gives %i threads in %s workers as %i workers of %i',
    (all, asked, workers, threads) => {
      expect(layoutOf(all, asked)).toEqual({ workers, threads });
    },
  );
});

describe('startDetectors', () => {
  it('starts one detector per worker', async () => {
    const { start, started } = machine('cpu');
    const layout = { workers: 3, threads: 2 };
    const detector = await startDetectors({ viewSize: 320 }, layout, supervision, start);
    expect(detector).toBeInstanceOf(DetectorPool);
    expect(detector.parallel).toBe(3);
    expect(started).toEqual(Array(3).fill({ viewSize: 320, threads: 2 }));
  });

  it.each(['cuda', 'tensorflow-gpu', 'wasm', 'tensorflow'])(
    'starts one on %s, which has a device or threads of its own',
    async (provider) => {
      const { start, started } = machine(provider);
      const layout = { workers: 3, threads: 1 };
      const detector = await startDetectors({ viewSize: 320 }, layout, supervision, start);
      expect(detector).not.toBeInstanceOf(DetectorPool);
      expect(started).toHaveLength(1);
    },
  );

  it('leaves none open where one does not start', async () => {
    const { start, closed } = machine('cpu', 1);
    const layout = { workers: 3, threads: 1 };
    const starting = startDetectors({ viewSize: 320 }, layout, supervision, start);
    await expect(starting).rejects.toThrow('no memory');
    expect(closed.toSorted()).toEqual([0, 2]);
  });
});
