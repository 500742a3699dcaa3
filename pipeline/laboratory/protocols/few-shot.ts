import type { Dataset } from '../../../operators/datasets/dataset.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { countClasses, isLearned } from './class-incremental.ts';
import { type LearningStep, type Protocol, ProtocolError, type StepPicture } from './protocol.ts';
import { runSteps } from './run-steps.ts';
import { shuffle } from '../../../operators/foundation/numbers/shuffle.ts';

/**
 * Few labelled objects per class, one class per step; the seed draws the objects and the order.
 * Other annotated objects of a picture are ignored, and the rest counts as background.
 */
export const fewShot: readonly Protocol[] = [1, 5, 20].map((shots) => ({
  name: `few-shot-${shots}`,
  summary: `${shots} labelled ${shots === 1 ? 'object' : 'objects'} per class, one class per step.`,
  run: (session) => {
    const counts = countClasses(session.train);
    const classes = [...counts.keys()];
    if (classes.length === 0) throw new ProtocolError('the training set holds no objects');
    const few = [...counts].filter(([, count]) => count < shots);
    if (few.length > 0) {
      const found = few.map(([name, count]) => `${name} ${count}`).join(', ');
      session.log.warn(`${few.length} classes have fewer than ${shots} objects: ${found}`);
    }
    return runSteps(session, planShots(session, classes, shots));
  },
}));

/** Plans the steps of a few-shot protocol; a class with fewer objects contributes all of them. */
export function planShots(
  { train, seed }: { readonly train: Dataset; readonly seed: number },
  classes: readonly string[],
  shots: number,
): readonly LearningStep[] {
  const random = seededRandom(seed);
  return shuffle(classes, random).map((name): LearningStep => {
    const objects = train.images.flatMap((image) =>
      image.objects
        .filter((object) => isLearned(object) && object.class === name)
        .map((object) => ({ image, object })),
    );
    const chosen = new Set(
      shuffle(objects, random)
        .slice(0, shots)
        .map(({ object }) => object),
    );
    const pictures = train.images.flatMap((image): StepPicture[] => {
      const labelled = image.objects.filter((object) => chosen.has(object));
      if (labelled.length === 0) return [];
      return [
        {
          image,
          boxes: labelled.map(({ class: label, box }) => ({ label, box })),
          ignore: image.objects.filter((object) => !chosen.has(object)).map(({ box }) => box),
        },
      ];
    });
    return { introduced: [name], pictures: shuffle(pictures, random) };
  });
}
