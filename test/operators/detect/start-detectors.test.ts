import { describe, expect, it } from 'vitest';
import { DetectorPool, type PooledDetector } from '../../../operators/detect/detector-pool.ts';
import type { DetectorOptions } from '../../../operators/detect/detector.ts';
import { layoutOf, startDetectors } from '../../../operators/detect/start-detectors.ts';

const supervision = { onNotice: () => undefined };

/** Starts detectors on a provider; the one with the number `failing` does not start. */
function machine(provider: string, failing = -1, closes = true) {
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
        return closes ? Promise.resolve() : Promise.reject(new Error('stuck'));
      },
    };
    return Promise.resolve(detector as unknown as PooledDetector);
  };
  return { start, started, closed };
}

describe('layoutOf', () => {
  it.each([
    [1, 'auto', [1]],
    [2, 'auto', [1, 1]],
    [4, 'auto', [1, 1, 1, 1]],
    [7, 'auto', [1, 2, 2, 2]],
    [8, 'auto', [2, 2, 2, 2]],
    [8, 1, [8]],
    [8, 3, [2, 3, 3]],
    [1, 2, [1, 1]],
  ] as const)('gives %i threads in %s workers these: %j', (threads, workers, layout) => {
    expect(layoutOf(threads, workers)).toEqual(layout);
  });
});

describe('startDetectors', () => {
  it('starts one detector per worker', async () => {
    const { start, started } = machine('cpu');
    const layout = [2, 2, 3];
    const detector = await startDetectors({ viewSize: 320 }, layout, supervision, start);
    expect(detector).toBeInstanceOf(DetectorPool);
    expect(detector.parallel).toBe(3);
    expect(started).toEqual(layout.map((threads) => ({ viewSize: 320, threads })));
  });

  it.each(['cuda', 'tensorflow-gpu', 'wasm', 'tensorflow'])(
    'starts one on %s, which has a device or threads of its own',
    async (provider) => {
      const { start, started } = machine(provider);
      const layout = [1, 1, 1];
      const detector = await startDetectors({ viewSize: 320 }, layout, supervision, start);
      expect(detector).not.toBeInstanceOf(DetectorPool);
      expect(started).toHaveLength(1);
    },
  );

  it.each([true, false])('closes all where one does not start (they close: %s)', async (closes) => {
    const { start, closed } = machine('cpu', 1, closes);
    const layout = [1, 1, 1];
    const starting = startDetectors({ viewSize: 320 }, layout, supervision, start);
    await expect(starting).rejects.toThrow('no memory');
    expect(closed.toSorted()).toEqual([0, 2]);
  });
});
