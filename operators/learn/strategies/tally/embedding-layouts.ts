import { cropEmbeddingLength, cropEmbeddingParts } from '../../../detect/engines/engine.ts';
import { evenSubset } from '../../statistics/even-subset.ts';
import type { ScatterLayout } from '../../statistics/scatter-layout.ts';

/**
 * Shares of the features that are kept when bytes are short, spread evenly over the parts of an
 * embedding.
 */
const keptShares = [1, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1];
/**
 * Share of the layout values that are landmarks: given these, parts and texture are almost
 * uncorrelated.
 */
const landmarkShare = 0.2;
/**
 * Blocks that parts are dealt out to in turn, because landmarks do not explain what neighbours
 * share.
 */
const partBlocks = 2;

/**
 * Layouts for crop embeddings, the one that keeps most first: landmarks and four blocks, 1.4 MB of
 * float32; the same in two bytes per value; then ever fewer features in two bytes, down to 14 kB.
 * Each is a subset of the one before, so that bytes can be saved at any time.
 *
 * Landmarks are a fifth of the layout values; the blocks are the other layout values, two halves of
 * the parts, and texture (docs/decisions/0017).
 */
export const embeddingLayouts: readonly ScatterLayout[] = [
  layoutOf(1, false),
  ...keptShares.map((share) => layoutOf(share, true)),
];

/**
 * Layouts for ablations: all features in one block, 3.4 MB, and parts apart from the rest, 1.7 MB.
 */
export const comparedLayouts = { whole: wholeLayout(), twoBlocks: twoBlocksLayout() } as const;

function wholeLayout(): ScatterLayout {
  return withoutLandmarks([Uint16Array.from({ length: cropEmbeddingLength }, (_, i) => i)]);
}

function twoBlocksLayout(): ScatterLayout {
  const { layoutChannels, layoutPlaces, parts } = cropEmbeddingParts;
  const first = layoutChannels * layoutPlaces;
  const [all] = wholeLayout().blocks;
  const isPart = (i: number) => i >= first && i < first + parts;
  return withoutLandmarks([all!.filter((i) => !isPart(i)), all!.filter(isPart)]);
}

function withoutLandmarks(blocks: readonly Uint16Array[]): ScatterLayout {
  return { rowLength: cropEmbeddingLength, landmarks: new Uint16Array(0), blocks, half: false };
}

function layoutOf(share: number, half: boolean): ScatterLayout {
  const { layoutChannels, layoutPlaces, parts, texture } = cropEmbeddingParts;
  const layoutValues = layoutChannels * layoutPlaces;
  const textureStart = layoutValues + parts;
  // By value, not by channel: the nine places of one channel are highly correlated.
  const landmarks = evenSubset(layoutValues, Math.min(share, landmarkShare));
  const isLandmark = new Set(landmarks);
  const otherLayoutValues = evenSubset(layoutValues, share).filter((i) => !isLandmark.has(i));
  const keptParts = evenSubset(parts, share);
  const partHalves = Array.from({ length: partBlocks }, (_, block) =>
    keptParts.filter((i) => i % partBlocks === block).map((i) => layoutValues + i),
  );
  const logSizes = [cropEmbeddingLength - 2, cropEmbeddingLength - 1];
  const keptTexture = evenSubset(texture, share).map((i) => textureStart + i);
  return {
    rowLength: cropEmbeddingLength,
    landmarks: Uint16Array.from(landmarks),
    blocks: [otherLayoutValues, ...partHalves, [...keptTexture, ...logSizes]].map((places) =>
      Uint16Array.from(places),
    ),
    half,
  };
}
