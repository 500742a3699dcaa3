import type { LabelledImage } from '../../../operators/datasets/dataset.ts';
import { naturalOrder } from '../../../operators/foundation/files/natural-order.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { type ClassifiedBox, evaluate } from '../../../operators/measure/evaluate.ts';
import { isLearned, pictureOf } from './class-incremental.ts';
import { type LearningStep, type Protocol, ProtocolError, type StepPicture } from './protocol.ts';
import { runSteps } from './run-steps.ts';

/** Pictures per batch of labels. */
const batch = 32;
/** Pictures between an object and its label. */
const delay = 64;
/** Share of objects that are never labelled. */
const missingShare = 0.2;
/** Share of labels that carry another class, one that occurred before. */
const wrongShare = 0.05;
/** Pictures that are evaluated before they are learned, evenly over the stream. */
const evaluatedMax = 400;

/**
 * The training pictures as a stream in the order of their names, so that each sequence keeps its
 * light and weather. Test, then train (Gama et al., "On evaluating stream learning algorithms",
 * 2013): each picture is evaluated under the head current at its time. Labels arrive 64 pictures
 * late, in batches of 32 pictures; a fifth of the objects stays unlabelled and counts as
 * background, and one label in twenty is wrong.
 *
 * Prequential AP50 ranks the detections of all those heads together; every class counts from the
 * first picture on, so objects of classes not learned yet are misses.
 */
export const stream: Protocol = {
  name: 'stream',
  summary:
    'Training pictures in time order, evaluated before they are learned; labels late, partly missing, partly wrong.',
  run: async (session) => {
    const { train, predictor, learner, seed, signal } = session;
    const images = train.images.toSorted((a, b) => naturalOrder(a.id, b.id));
    if (!images.some(({ objects }) => objects.some(isLearned))) {
      throw new ProtocolError('the training set holds no objects');
    }
    const steps = planStream(images, seed);
    const stride = Math.max(1, Math.ceil(images.length / evaluatedMax));
    const detections = new Map<string, readonly ClassifiedBox[]>();
    const evaluated: LabelledImage[] = [];
    let next = 0;
    const evaluateUntil = async (end: number): Promise<void> => {
      for (; next < Math.min(end, images.length); next++) {
        if (next % stride !== 0) continue;
        signal.throwIfAborted();
        const image = images[next]!;
        evaluated.push(image);
        detections.set(image.id, (await predictor.predict(image, learner.head)).learned);
      }
    };
    const outcome = await runSteps(session, steps, (i) => evaluateUntil((i + 1) * batch + delay));
    const prequential = evaluate(evaluated, detections);
    return {
      ...outcome,
      extra: {
        prequentialMap50: prequential.ap50,
        prequentialMap: prequential.ap,
        prequentialImages: evaluated.length,
      },
    };
  },
};

/** Plans the labels of a stream, one step per batch of pictures. */
export function planStream(images: readonly LabelledImage[], seed: number): LearningStep[] {
  const random = seededRandom(seed);
  const labelled: string[] = [];
  const steps: LearningStep[] = [];
  for (let first = 0; first < images.length; first += batch) {
    const introduced: string[] = [];
    const pictures = images.slice(first, first + batch).map((image): StepPicture => {
      const boxes = image.objects.filter(isLearned).flatMap((object) => {
        // Always three draws per object, so that changing one share leaves the others' draws alone.
        const [missing, wrong, which] = [random(), random(), random()];
        if (missing < missingShare) return [];
        const others = labelled.filter((name) => name !== object.class);
        const mistaken = wrong < wrongShare ? others[Math.floor(which * others.length)] : undefined;
        const label = mistaken ?? object.class;
        if (!labelled.includes(label)) {
          labelled.push(label);
          introduced.push(label);
        }
        return [{ box: object.box, label }];
      });
      return { ...pictureOf(image), boxes };
    });
    steps.push({ introduced, pictures });
  }
  return steps;
}
