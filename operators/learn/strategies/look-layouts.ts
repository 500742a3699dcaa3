import { lookLatentLength, lookParts } from '../../detect/engine.ts';
import type { Layout } from '../scatter.ts';

/** Shares of the features that are kept where not all are, evenly over what a look is made of. */
const keptShares = [1, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1];

/**
 * Ways of holding a look, richest first: all features in one block, 3.4 MB of float32; in two, 1.7 MB; in two with two
 * bytes a value; then ever fewer features so, down to 11 kB. Each lies within the one before, so
 * that bytes can be given up at any time.
 *
 * The two blocks are parts of objects against layout and texture. What is across has little to say: to leave
 * it out saves two thirds of the solve and costs little (docs/method.md).
 */
export const lookLayouts: readonly Layout[] = [
  layoutOf([Uint16Array.from({ length: lookLatentLength }, (_, i) => i)], false),
  layoutOf(divide(1), false),
  ...keptShares.map((share) => layoutOf(divide(share), true)),
];

function layoutOf(blocks: readonly Uint16Array[], half: boolean): Layout {
  return { rowLength: lookLatentLength, blocks, half };
}

function divide(share: number): readonly Uint16Array[] {
  const { layoutChannels, layoutPlaces, parts, texture } = lookParts;
  const partsStart = layoutChannels * layoutPlaces;
  const textureStart = partsStart + parts;
  // Value by value, not channel by channel: what a channel says at nine places is much the same.
  const layout = thin(partsStart, share);
  const rest = [
    ...thin(texture, share).map((i) => textureStart + i),
    // The two log sizes.
    ...[lookLatentLength - 2, lookLatentLength - 1],
  ];
  const own = thin(parts, share).map((i) => partsStart + i);
  return [Uint16Array.from([...layout, ...rest]), Uint16Array.from(own)];
}

/** A share of 0..count-1; a smaller share is part of every larger one. Multiples of the golden ratio are spread evenly. */
export function thin(count: number, share: number): number[] {
  const golden = (Math.sqrt(5) - 1) / 2;
  return Array.from({ length: count }, (_, i) => i).filter((i) => ((i + 0.5) * golden) % 1 < share);
}
