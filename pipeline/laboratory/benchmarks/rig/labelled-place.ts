import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { defaultScenario } from '../../../../operators/ingest/world/default-scenario.ts';
import { playWorld, visibleMin } from './play-world.ts';

/** Something in a video that a benchmark gives a name, and where it is in each frame. */
export interface LabelledPlace {
  readonly class: string;
  /** The first frame in which it can be labelled. */
  readonly firstFrame: number;
  /** Boxes of the class in a frame, in source pixels; null where that is not known. */
  boxesIn(frame: number): readonly Box[] | null;
}

/** The four traffic cones of vtest.avi, which stand still throughout: 768 × 576 pixels. */
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
 * The first thing of the simulated world that no base model knows, over the first `frames` frames:
 * the world is played ahead, since the same seed gives the same frames.
 */
export async function firstNovelObject(seed: number, frames: number): Promise<LabelledPlace> {
  const scenario = defaultScenario(seed);
  const novel = scenario.classes.find(({ known }) => known === null);
  if (novel === undefined) throw new Error('the default scenario shows nothing novel');
  const truths = await playWorld(seed, frames);
  const boxes = truths.map((objects): readonly Box[] | null => {
    const own = objects.filter((truth) => truth.class === novel.name);
    // What is half hidden is neither expected nor wrong.
    return own.every(({ visible }) => visible >= visibleMin) ? own.map(({ box }) => box) : null;
  });
  const firstFrame = boxes.findIndex(
    (_, at) => at > 0 && boxes.slice(at - 8, at + 1).every((each) => (each?.length ?? 0) > 0),
  );
  return { class: novel.name, firstFrame, boxesIn: (frame) => boxes[frame] ?? null };
}
