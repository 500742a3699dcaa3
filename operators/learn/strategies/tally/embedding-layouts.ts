import {
  builtInLayout,
  type EmbeddingLayout,
  isSameLayout,
  placeParts,
  type PlacedPart,
} from '../../../detect/engines/embedding-layout.ts';
import { evenSubset } from '../../statistics/even-subset.ts';
import type { ScatterLayout } from '../../statistics/scatter-layout.ts';

/**
 * Shares of the features that are kept when bytes are short, spread evenly over the parts of an
 * embedding.
 */
const keptShares = [1, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1];
/**
 * Share of the spatial values that are landmarks: given these, the other parts are almost
 * uncorrelated.
 */
const landmarkShare = 0.2;
/** Most landmarks of an embedding without places. */
const landmarksMax = 160;
/**
 * Largest block. A part with more channels is dealt out to several blocks in turn, because
 * landmarks do not explain what neighbours share.
 */
const blockMax = 384;
/** Values up to which an embedding of one vector is kept in one block, without landmarks. */
const wholeMax = 640;

/**
 * Layouts for the built-in encoder's embeddings, the one that keeps most first: landmarks and four
 * blocks, 1.4 MB of float32; the same in two bytes per value; then ever fewer features in two
 * bytes, down to 14 kB. Each is a subset of the one before, so that bytes can be saved at any time.
 *
 * Landmarks are a fifth of the layout values; the blocks are the other layout values, two halves of
 * the parts, and texture (docs/decisions/0017).
 */
export const embeddingLayouts: readonly ScatterLayout[] = layoutsOf(builtInLayout);

/**
 * Layouts for ablations: all features in one block, 3.4 MB, and parts apart from the rest, 1.7 MB.
 */
export const comparedLayouts = { whole: wholeLayout(), twoBlocks: twoBlocksLayout() } as const;

/**
 * Layouts for embeddings of an encoder, like {@link embeddingLayouts}. Without a spatial part a
 * vector of up to 640 values is one block; of a longer one some values are landmarks, and the
 * others lie in blocks.
 */
export function scatterLayouts(embedding: EmbeddingLayout): readonly ScatterLayout[] {
  // The same objects, since states name a layout by its index.
  return isSameLayout(embedding, builtInLayout) ? embeddingLayouts : layoutsOf(embedding);
}

function layoutsOf(embedding: EmbeddingLayout): ScatterLayout[] {
  return [
    layoutOf(embedding, 1, false),
    ...keptShares.map((share) => layoutOf(embedding, share, true)),
  ];
}

function wholeLayout(): ScatterLayout {
  return withoutLandmarks([Uint16Array.from({ length: builtInLayout.length }, (_, i) => i)]);
}

function twoBlocksLayout(): ScatterLayout {
  const parts = placeParts(builtInLayout).find(({ name }) => name === 'parts')!;
  const [all] = wholeLayout().blocks;
  const isPart = (i: number) => i >= parts.from && i < parts.to;
  return withoutLandmarks([all!.filter((i) => !isPart(i)), all!.filter(isPart)]);
}

function withoutLandmarks(blocks: readonly Uint16Array[]): ScatterLayout {
  return { rowLength: builtInLayout.length, landmarks: new Uint16Array(0), blocks, half: false };
}

function layoutOf(embedding: EmbeddingLayout, share: number, half: boolean): ScatterLayout {
  const parts = placeParts(embedding);
  const { length } = embedding;
  const spatial = parts.find(({ places }) => places > 1) ?? parts[0]!;
  const values = spatial.to - spatial.from;
  // By value, not by channel: the places of one channel are highly correlated.
  const landmarks = placesIn(spatial, Math.min(share, shareOfLandmarks(spatial, parts.length)));
  const isLandmark = new Set(landmarks);
  const others = placesIn(spatial, share).filter((i) => !isLandmark.has(i));
  const isOneBlock = spatial.places > 1 || values <= wholeMax;
  const blocks = isOneBlock ? [others] : dealOut(others, spatial);
  for (const part of parts) {
    if (part !== spatial) blocks.push(...dealOut(placesIn(part, share), part));
  }
  blocks.at(-1)!.push(length - 2, length - 1);
  return {
    rowLength: length,
    landmarks: Uint16Array.from(landmarks),
    blocks: blocks.map((places) => Uint16Array.from(places)),
    half,
  };
}

function shareOfLandmarks({ places, from, to }: PlacedPart, parts: number): number {
  if (places > 1) return landmarkShare;
  if (parts === 1 && to - from <= wholeMax) return 0;
  return Math.min(landmarkShare, landmarksMax / (to - from));
}

/** An evenly spread share of a part's values, as indices into an embedding. */
function placesIn({ from, to }: PlacedPart, share: number): number[] {
  return evenSubset(to - from, share).map((i) => from + i);
}

/** Deals a part's values out to as many blocks as it needs. */
function dealOut(places: readonly number[], { from, to }: PlacedPart): number[][] {
  const blocks = Math.ceil((to - from) / blockMax);
  return Array.from({ length: blocks }, (_, block) =>
    places.filter((i) => (i - from) % blocks === block),
  );
}
