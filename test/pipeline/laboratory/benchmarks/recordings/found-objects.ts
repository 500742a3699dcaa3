import type { RankedOutcomes } from '../../../../../operators/measure/average-precision.ts';

/** Pictures, each a group of its own with one object. */
export const pictures = 12;
export const groups = Array.from({ length: pictures }, (_, i) => [i]);

/** AP50 of COCO where this share of the objects is found: 101 points of recall are read. */
export const areaOf = (share: number) => (Math.floor(100 * share + 1e-9) + 1) / 101;

/** One class with an object in every picture, found in the first `found` of them. */
export function outcomes(found: number): RankedOutcomes {
  return {
    pictures: Uint32Array.from({ length: found }, (_, i) => i),
    outcomes: new Int8Array(found).fill(1),
    scores: new Float32Array(found).fill(0.5),
    objects: new Array<number>(pictures).fill(1),
  };
}
