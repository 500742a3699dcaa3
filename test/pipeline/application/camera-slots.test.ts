import { expect, it } from 'vitest';
import { Camera } from '../../../pipeline/application/camera.ts';
import { livePacing, lockstepPacing } from '../../../pipeline/application/pacing.ts';
import {
  configDefaults as config,
  type CameraConfig,
} from '../../../pipeline/configuration/config.ts';
import { cameraParts, ScriptedDetector, ScriptedSource } from './scripted-camera.ts';

/** Slots of the frame pool of a camera whose detector runs `parallel` frames at once. */
function slots(fields: Partial<CameraConfig>, parallel: number, pacing = livePacing): number {
  const source = new ScriptedSource();
  const camera = new Camera(
    cameraParts({
      config: { ...config.cameras['world']!, ...fields },
      source,
      detector: Object.assign(new ScriptedDetector(), { parallel }),
      pacing,
      recentFrames: 0,
    }),
  );
  camera.frames().subscribe(({ frame }) => frame.release());
  return source.pool.slots;
}

it('has a slot more for each further worker at pace demand, and one in lockstep', () => {
  const demand = { pace: 'demand' } as const;
  expect([slots(demand, 1), slots(demand, 3)]).toEqual([4, 6]);
  expect(slots(demand, 3, lockstepPacing())).toBe(1);
});

it('has room for all workers of a live camera, however few frames it is to hold', () => {
  const live = { pace: 'live' } as const;
  const [few, many] = [3, 8].map((poolFrames) => ({ ...live, poolFrames }));
  expect([slots(few!, 1), slots(few!, 4), slots(many!, 4)]).toEqual([3, 6, 8]);
});
