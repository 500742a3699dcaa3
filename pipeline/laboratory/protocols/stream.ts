import type { LabelledImage } from '../../../operators/datasets/labelled-set.ts';
import { naturalOrder } from '../../../operators/foundation/files/natural-order.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { type ClassifiedBox, evaluate } from '../../../operators/measure/evaluate.ts';
import { isLearned } from './class-incremental.ts';
import { type LearningStep, type Protocol, ProtocolError, type StepPicture } from './protocol.ts';
import { runSteps } from './run-steps.ts';

/** Pictures whose labels come together. */
const batch = 32;
/** Pictures that pass between an object and its label. */
const delay = 64;
/** Objects that nobody labels. */
const missingShare = 0.2;
/** Objects that get another class's name, one that was heard before. */
const wrongShare = 0.05;
/** Pictures of the stream that are judged before they are learned, evenly over it. */
const judgedMax = 400;

/**
 * The training pictures as they were taken, in the order of their names, so that one sequence follows the other with its
 * light and weather. Test, then train (Gama et al., "On evaluating stream learning algorithms", 2013):
 * a picture is judged by the head that was there when it came. Labels come 64 pictures late and 32 pictures at a
 * time; a fifth of the objects never gets one and counts as background, and one in twenty gets a wrong one.
 *
 * Prequential AP50 ranks detections of all those heads together; a class counts from the first picture on, so that
 * objects nobody could have known are misses.
 */
export const stream: Protocol = {
  name: 'stream',
  summary:
    'Training pictures in time order, judged before they are learned; labels late, partly missing, partly wrong.',
  run: async (session) => {
    const { train, judge, learner, seed, signal } = session;
    const images = train.images.toSorted((a, b) => naturalOrder(a.id, b.id));
    if (!images.some(({ objects }) => objects.some(isLearned))) {
      throw new ProtocolError('the training set holds no objects');
    }
    const steps = planStream(images, seed);
    const stride = Math.max(1, Math.ceil(images.length / judgedMax));
    const detections = new Map<string, readonly ClassifiedBox[]>();
    const judged: LabelledImage[] = [];
    let shown = 0;
    const showUntil = async (end: number): Promise<void> => {
      for (; shown < Math.min(end, images.length); shown++) {
        if (shown % stride !== 0) continue;
        signal.throwIfAborted();
        const image = images[shown]!;
        judged.push(image);
        detections.set(image.id, (await judge.see(image, learner.head)).learned);
      }
    };
    const outcome = await runSteps(session, steps, (i) => showUntil((i + 1) * batch + delay));
    const prequential = evaluate(judged, detections);
    return {
      ...outcome,
      extra: {
        prequentialMap50: prequential.ap50,
        prequentialMap: prequential.ap,
        prequentialImages: judged.length,
      },
    };
  },
};

/** The labels of a stream as they come in, a batch of pictures at a time. */
export function planStream(images: readonly LabelledImage[], seed: number): LearningStep[] {
  const random = seededRandom(seed);
  const heard: string[] = [];
  const steps: LearningStep[] = [];
  for (let first = 0; first < images.length; first += batch) {
    const introduced: string[] = [];
    const pictures = images.slice(first, first + batch).map((image): StepPicture => {
      const boxes = image.objects.filter(isLearned).flatMap((object) => {
        // Drawn for every object, so that a share changed moves nothing but itself.
        const [missing, wrong, which] = [random(), random(), random()];
        if (missing < missingShare) return [];
        const others = heard.filter((name) => name !== object.class);
        const mistaken = wrong < wrongShare ? others[Math.floor(which * others.length)] : undefined;
        const label = mistaken ?? object.class;
        if (!heard.includes(label)) {
          heard.push(label);
          introduced.push(label);
        }
        return [{ box: object.box, label }];
      });
      const ignore = image.objects.filter((object) => !isLearned(object)).map(({ box }) => box);
      return { image, boxes, ignore };
    });
    steps.push({ introduced, pictures });
  }
  return steps;
}
