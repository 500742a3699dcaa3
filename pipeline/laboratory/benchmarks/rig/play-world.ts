import type { TruthBox } from '../../../../operators/ingest/frames/frame.ts';
import { SharedFramePool } from '../../../../operators/ingest/frames/shared-frame-pool.ts';
import { defaultScenario } from '../../../../operators/ingest/world/default-scenario.ts';
import { worldSource } from '../../../../operators/ingest/world/world-source.ts';

/** Share of an object that must be in sight to be expected there; what is hidden by more is neither expected nor wrong. */
export const visibleMin = 0.8;

/** What the simulated camera shows in each of its first `frames` frames: the same seed gives the same ones in every run. */
export function playWorld(seed: number, frames: number): Promise<readonly (readonly TruthBox[])[]> {
  const seen: (readonly TruthBox[])[] = [];
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
          seen.push(frame.truth ?? []);
          frame.release();
          if (seen.length < frames) return;
          playing.unsubscribe();
          resolve(seen);
        },
        error: reject,
      });
  });
}
