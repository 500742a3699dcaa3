import type { TruthBox } from '../../../../operators/ingest/frames/frame.ts';
import { SharedFramePool } from '../../../../operators/ingest/frames/shared-frame-pool.ts';
import { defaultScenario } from '../../../../operators/ingest/world/default-scenario.ts';
import { worldSource } from '../../../../operators/ingest/world/world-source.ts';

/** Minimum visible share of an object that counts as a hit or a miss. */
export const visibleMin = 0.8;

/** Ground truth of the simulated camera's first `frames` frames; equal seeds give equal frames. */
export function playWorld(seed: number, frames: number): Promise<readonly (readonly TruthBox[])[]> {
  const truths: (readonly TruthBox[])[] = [];
  return new Promise((resolve, reject) => {
    const playing = worldSource(defaultScenario(seed))
      .open({
        camera: 'world',
        pool: new SharedFramePool(2),
        viewSize: 32,
        pace: 'demand',
        onEvent: () => undefined,
      })
      .subscribe({
        next: (frame) => {
          truths.push(frame.truth ?? []);
          frame.release();
          if (truths.length < frames) return;
          playing.unsubscribe();
          resolve(truths);
        },
        error: reject,
      });
  });
}
