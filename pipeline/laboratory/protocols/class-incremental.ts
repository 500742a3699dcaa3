import type {
  LabelledImage,
  LabelledObject,
  Dataset,
} from '../../../operators/datasets/dataset.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { type LearningStep, type Protocol, ProtocolError, type StepPicture } from './protocol.ts';
import { runSteps } from './run-steps.ts';
import { shuffle } from '../../../operators/foundation/numbers/shuffle.ts';

/**
 * Class-incremental learning as in detection papers: a step shows the pictures that contain objects
 * of its classes and labels only those objects. Everything else counts as background, including
 * objects of earlier and later classes (Shmelkov et al., "Incremental learning of object detectors
 * without catastrophic forgetting", 2017). The seed shuffles the classes and the pictures of a
 * step.
 */
export const classIncremental: readonly Protocol[] = [
  bySizes('10+10', [10, 10]),
  bySizes('15+5', [15, 5]),
  bySizes('19+1', [19, 1]),
  bySizes('10+5x2', [10, 5, 5]),
  {
    name: 'one-at-a-time',
    summary: 'The 20 most frequent classes that both sets share, one class per step.',
    run: (session) => {
      const classes = frequentClasses(session.train, session.test, 20);
      if (classes.length === 0) throw new ProtocolError('the two sets share no class');
      return runSteps(session, planSteps(session, classes, new Array(classes.length).fill(1)));
    },
  },
  {
    name: 'all',
    summary:
      'Every class of the training set, one class per step, scored on those with test objects.',
    run: (session) => {
      const classes = [...countClasses(session.train).keys()];
      if (classes.length === 0) throw new ProtocolError('the training set holds no objects');
      return runSteps(session, planSteps(session, classes, new Array(classes.length).fill(1)));
    },
  },
];

function bySizes(name: string, sizes: readonly number[]): Protocol {
  const wanted = sizes.reduce((sum, size) => sum + size, 0);
  return {
    name,
    summary: `The ${wanted} most frequent classes that both sets share, ${sizes.join(', then ')}.`,
    run: (session) => {
      const classes = frequentClasses(session.train, session.test, wanted);
      if (classes.length < wanted) {
        throw new ProtocolError(
          `protocol ${name} takes ${wanted} classes, the two sets share ${classes.length}`,
        );
      }
      return runSteps(session, planSteps(session, classes, sizes));
    },
  };
}

/** Plans class-incremental steps: the seed shuffles the classes, step i gets `sizes[i]` of them. */
export function planSteps(
  { train, seed }: { readonly train: Dataset; readonly seed: number },
  classes: readonly string[],
  sizes: readonly number[],
): readonly LearningStep[] {
  const random = seededRandom(seed);
  const order = shuffle(classes, random);
  let first = 0;
  return sizes.map((size): LearningStep => {
    const introduced = order.slice(first, first + size);
    first += size;
    const labelled = new Set(introduced);
    const pictures = train.images.flatMap((image) => {
      const picture = pictureOf(image, (object) => labelled.has(object.class));
      return picture.boxes.length === 0 ? [] : [{ ...picture, labels: introduced }];
    });
    return { introduced, pictures: shuffle(pictures, random) };
  });
}

/** Labels the chosen objects of an image, by default all; crowds and difficult ones are ignored. */
export function pictureOf(
  image: LabelledImage,
  isLabelled: (object: LabelledObject) => boolean = () => true,
): StepPicture {
  return {
    image,
    boxes: image.objects
      .filter((object) => isLearned(object) && isLabelled(object))
      .map(({ class: label, box }) => ({ label, box })),
    ignore: image.objects.filter((object) => !isLearned(object)).map(({ box }) => box),
  };
}

/** Whether an object can be learned and evaluated: neither a crowd nor difficult. */
export function isLearned({ crowd, difficult }: LabelledObject): boolean {
  return !crowd && !difficult;
}

/** Learnable objects per class, in the set's order of classes. */
export function countClasses({ classes, images }: Dataset): ReadonlyMap<string, number> {
  const counts = new Map(classes.map((name) => [name, 0]));
  for (const { objects } of images) {
    for (const object of objects) {
      if (isLearned(object)) counts.set(object.class, (counts.get(object.class) ?? 0) + 1);
    }
  }
  return new Map([...counts].filter(([, count]) => count > 0));
}

/** The `most` classes with the most training objects among those that have test objects. */
function frequentClasses(train: Dataset, test: Dataset, most: number): readonly string[] {
  const tested = countClasses(test);
  return [...countClasses(train)]
    .filter(([name]) => tested.has(name))
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([name]) => name);
}
