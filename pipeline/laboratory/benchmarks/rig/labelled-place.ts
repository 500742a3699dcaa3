import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { defaultScenario } from '../../../../operators/ingest/world/default-scenario.ts';
import { playWorld, visibleMin } from './play-world.ts';

/** Objects of one class that a benchmark labels, with their boxes in each frame. */
export interface LabelledPlace {
  readonly class: string;
  /** The first frame in which it can be labelled. */
  readonly firstFrame: number;
  /** Boxes of the class in a frame, in source pixels; null where they are unknown. */
  boxesIn(frame: number): readonly Box[] | null;
}

/** The four stationary traffic cones of vtest.avi, 768 × 576 pixels. */
export const trafficCones: LabelledPlace = {
  class: 'traffic cone',
  firstFrame: 15,
  boxesIn: () => [
    [38.5, 173, 48, 191.5],
    [164, 187, 176, 206],
    [292, 185.5, 308, 210],
    [442, 177, 455, 201],
  ],
};

/**
 * Finds the first novel object class of the simulated world and its boxes in the first `frames`
 * frames. Plays the world ahead: equal seeds give equal frames.
 */
export async function firstNovelObject(seed: number, frames: number): Promise<LabelledPlace> {
  const scenario = defaultScenario(seed);
  const novel = scenario.classes.find(({ known }) => known === null);
  if (novel === undefined) throw new Error('the default scenario shows nothing novel');
  const truths = await playWorld(seed, frames);
  const boxes = truths.map((objects): readonly Box[] | null => {
    const instances = objects.filter((truth) => truth.class === novel.name);
    // A partly hidden object counts neither as a hit nor as a miss.
    if (instances.some(({ visible }) => visible < visibleMin)) return null;
    return instances.map(({ box }) => box);
  });
  const firstFrame = boxes.findIndex(
    (_, at) => at > 0 && boxes.slice(at - 8, at + 1).every((frame) => (frame?.length ?? 0) > 0),
  );
  return { class: novel.name, firstFrame, boxesIn: (frame) => boxes[frame] ?? null };
}
