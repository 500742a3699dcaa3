import { cropEmbeddingLength, cropEmbeddingParts } from '../../../detect/engines/engine.ts';
import type { Layout } from '../../statistics/scatter.ts';

/** Shares of the features that are kept where not all are, evenly over what a look is made of. */
const keptShares = [1, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1];
/** Share of the layout's values that are landmarks: given those, parts and texture say little of each other. */
const landmarkShare = 0.2;
/** Blocks that parts are dealt out to, one after the other: what neighbouring channels share, landmarks do not tell. */
const partBlocks = 2;

/**
 * Ways of holding a look, richest first: landmarks and four blocks, 1.4 MB of float32; the same with two bytes a value; then
 * ever fewer features so, down to 14 kB. Each lies within the one before, so that bytes can be given up at any time.
 *
 * Landmarks are a fifth of the layout, the blocks what else there is of it, two halves of the parts, and texture
 * (docs/decisions/0017).
 */
export const embeddingLayouts: readonly Layout[] = [
  layoutOf(1, false),
  ...keptShares.map((share) => layoutOf(share, true)),
];

/** Ways that those are compared with: all features in one block, 3.4 MB, and parts apart from the rest, 1.7 MB. */
export const comparedLayouts = { whole: wholeLayout(), twoBlocks: twoBlocksLayout() } as const;

function wholeLayout(): Layout {
  return withoutLandmarks([Uint16Array.from({ length: cropEmbeddingLength }, (_, i) => i)]);
}

function twoBlocksLayout(): Layout {
  const { layoutChannels, layoutPlaces, parts } = cropEmbeddingParts;
  const first = layoutChannels * layoutPlaces;
  const [all] = wholeLayout().blocks;
  const isPart = (i: number) => i >= first && i < first + parts;
  return withoutLandmarks([all!.filter((i) => !isPart(i)), all!.filter(isPart)]);
}

function withoutLandmarks(blocks: readonly Uint16Array[]): Layout {
  return { rowLength: cropEmbeddingLength, landmarks: new Uint16Array(0), blocks, half: false };
}

function layoutOf(share: number, half: boolean): Layout {
  const { layoutChannels, layoutPlaces, parts, texture } = cropEmbeddingParts;
  const layoutValues = layoutChannels * layoutPlaces;
  const textureStart = layoutValues + parts;
  // Value by value, not channel by channel: what a channel says at nine places is much the same.
  const landmarks = thin(layoutValues, Math.min(share, landmarkShare));
  const told = new Set(landmarks);
  const rest = thin(layoutValues, share).filter((i) => !told.has(i));
  const own = thin(parts, share);
  const halves = Array.from({ length: partBlocks }, (_, block) =>
    own.filter((i) => i % partBlocks === block).map((i) => layoutValues + i),
  );
  const others = [
    ...thin(texture, share).map((i) => textureStart + i),
    // The two log sizes.
    ...[cropEmbeddingLength - 2, cropEmbeddingLength - 1],
  ];
  return {
    rowLength: cropEmbeddingLength,
    landmarks: Uint16Array.from(landmarks),
    blocks: [rest, ...halves, others].map((places) => Uint16Array.from(places)),
    half,
  };
}

/** A share of 0..count-1; a smaller share is part of every larger one. Multiples of the golden ratio are spread evenly. */
export function thin(count: number, share: number): number[] {
  const golden = (Math.sqrt(5) - 1) / 2;
  return Array.from({ length: count }, (_, i) => i).filter((i) => ((i + 0.5) * golden) % 1 < share);
}
