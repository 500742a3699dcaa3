import { seededRandom } from '../../foundation/numbers/seeded-random.ts';
import { shuffle } from '../../foundation/numbers/shuffle.ts';
import { naturalOrder } from '../../foundation/files/natural-order.ts';
import { scenarioSchema, type Scenario } from './scenario.ts';
import { pictureNames } from './rendering/sprite-cache.ts';

/** Code point ranges of things, animals and plants, as opposed to faces, signs or flags. */
const objectBlocks: readonly (readonly [first: number, last: number])[] = [
  [0x1f330, 0x1f37f],
  [0x1f3a0, 0x1f3bf],
  [0x1f400, 0x1f43f],
  [0x1f4a1, 0x1f4ff],
  [0x1f52a, 0x1f52f],
  [0x1f680, 0x1f6ff],
  [0x1f940, 0x1f9cb],
  [0x1f9e0, 0x1f9ff],
  [0x1fa70, 0x1fad7],
];

/** Frames between the first appearances of two classes: 20 s at the default rate. */
const framesBetween = 300;

/**
 * A scenario for long runs: `count` classes, all unknown to the base detector. A new one appears
 * every 300 frames, and the earlier ones stay.
 *
 * @throws RangeError when there are fewer pictures.
 */
export function manyClasses(count: number, seed: number): Scenario {
  const pictures = pictureNames().filter(isObject).sort(naturalOrder);
  if (!Number.isInteger(count) || count < 1 || count > pictures.length) {
    throw new RangeError(
      `there are pictures for 1 to ${String(pictures.length)} classes, not ${String(count)}`,
    );
  }
  const drawn = shuffle(pictures, seededRandom(seed)).slice(0, count);
  return scenarioSchema.parse({
    name: `${String(count)} classes`,
    seed,
    objectsAtOnce: 4,
    classes: drawn.map((emoji, order) => ({
      name: `object ${emoji}`,
      emoji,
      fromFrame: order * framesBetween,
    })),
  });
}

function isObject(name: string): boolean {
  const codePoint = Number.parseInt(name, 16);
  const inBlock = objectBlocks.some(([first, last]) => codePoint >= first && codePoint <= last);
  // Joined code points are people and variants of other pictures.
  return inBlock && !name.replace(/-fe0f$/, '').includes('-');
}
