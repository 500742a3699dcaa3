import type { Dataset, LabelledImage } from '../../../operators/datasets/dataset.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { shuffle } from '../../../operators/foundation/numbers/shuffle.ts';

/**
 * Draws at most `count` pictures, evenly over the classes: one of each class in turn, the classes
 * in order, then pictures without objects. Returns them in the order of the set.
 */
export function choosePictures(
  { classes, images }: Pick<Dataset, 'classes' | 'images'>,
  count: number,
  seed: number,
): LabelledImage[] {
  if (images.length <= count) return [...images];
  const random = seededRandom(seed);
  const shuffled = shuffle(images, random);
  const byClass = new Map<string | null, LabelledImage[]>(classes.map((name) => [name, []]));
  byClass.set(null, []);
  for (const image of shuffled) {
    const names = new Set(image.objects.map((object) => object.class));
    for (const name of names.size > 0 ? names : [null]) byClass.get(name)?.push(image);
  }
  const chosen = new Set<LabelledImage>();
  const queues = [...byClass.values()];
  for (let round = 0; chosen.size < count && queues.some((queue) => queue.length > 0); round++) {
    const queue = queues[round % queues.length]!;
    let next = queue.shift();
    while (next !== undefined && chosen.has(next)) next = queue.shift();
    if (next !== undefined) chosen.add(next);
  }
  return images.filter((image) => chosen.has(image));
}
