import { cocoClasses } from '../../engines/coco-classes.ts';

/** Of COCO's 90 numbers of categories, these ten were never used. */
const unused = new Set([12, 26, 29, 30, 45, 66, 68, 69, 71, 83]);

/**
 * COCO's classes by their numbers from 1 to 90; null for 0 and for numbers that were never used.
 */
export const cocoById: readonly (string | null)[] = byId();

function byId(): (string | null)[] {
  const names = [...cocoClasses];
  return Array.from({ length: 91 }, (_, id) =>
    id === 0 || unused.has(id) ? null : (names.shift() ?? null),
  );
}
