import type { LabelledImage } from '../../../operators/datasets/dataset.ts';
import { loadPicture } from '../../../operators/datasets/load-picture.ts';
import type { Engine } from '../../../operators/detect/engines/engine.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { defaultMaxSide } from '../../../operators/ingest/pictures/fit-within.ts';
import { examineScene } from '../../../operators/learn/examples/scene.ts';
import { isLearned } from '../protocols/class-incremental.ts';
import { type BenchLearner, StrategyError } from './bench-learner.ts';
import type { ViewPlan } from '../../../operators/ingest/frames/view-plan.ts';

const labelsTimed = 3;
const labelsTimedMs = 10_000;

/**
 * Times one more label several times: the median from its arrival to the first detection under the
 * updated head, in ms. Null without an object to label, or where the strategy has no memory left
 * for its class.
 */
export async function timeLabelToLive(
  learner: BenchLearner,
  engine: Engine,
  images: readonly LabelledImage[],
  plan: ViewPlan,
  signal: AbortSignal,
): Promise<number | null> {
  const image = images.find(({ objects }) => objects.some(isLearned));
  const object = image?.objects.find(isLearned);
  if (image === undefined || object === undefined) return null;
  const picture = await loadPicture(image, { viewSize: plan, sideMax: defaultMaxSide });
  const scene = {
    ...picture,
    sourceWidth: image.width,
    sourceHeight: image.height,
    boxes: [{ box: object.box, label: object.class }],
    ignore: [],
    exhaustive: false,
    boxesOnly: true,
  };
  const times: number[] = [];
  const begunMs = performance.now();
  while (times.length < labelsTimed && performance.now() - begunMs < labelsTimedMs) {
    signal.throwIfAborted();
    const startedMs = performance.now();
    const { examples, background, backgroundWeight } = await examineScene(
      engine,
      { ...scene, id: `late${times.length}` },
      { random: seededRandom(times.length) },
    );
    const change = { added: examples, removed: [], background, backgroundWeight };
    const head = await updateUnlessRejected(learner, change);
    if (head === null) return null;
    engine.setObjectness(head.objectness);
    await engine.detect(picture.view, picture.viewSize, 100);
    times.push(performance.now() - startedMs);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? null;
}

/** Null where the strategy has no memory left for the label's class. */
async function updateUnlessRejected(
  learner: BenchLearner,
  change: Parameters<BenchLearner['update']>[0],
): Promise<Head | null> {
  try {
    return await learner.update(change);
  } catch (error) {
    if (error instanceof StrategyError) return null;
    throw error;
  }
}
