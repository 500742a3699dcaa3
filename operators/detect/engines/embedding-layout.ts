/** Values of one kind in an embedding: each channel's places lie together. */
export interface EmbeddingPart {
  readonly name: string;
  readonly channels: number;
  /** Places in the crop at which each channel is given; 1 for the whole crop. */
  readonly places: number;
}

/** How the values of one crop embedding are laid out: those of its parts, then two log sizes. */
export interface EmbeddingLayout {
  readonly parts: readonly EmbeddingPart[];
  /** Values of one embedding: all parts, and the log width and log height of the box. */
  readonly length: number;
}

/** A part with the range of its values: from `from` up to, not including, `to`. */
export interface PlacedPart extends EmbeddingPart {
  readonly from: number;
  readonly to: number;
}

/** Log width and log height, the last values of every embedding. */
const logSizes = 2;

/** The layout of embeddings with these parts. */
export function layoutOfParts(parts: readonly EmbeddingPart[]): EmbeddingLayout {
  const values = parts.reduce((sum, { channels, places }) => sum + channels * places, 0);
  return { parts, length: values + logSizes };
}

/** The layout of an encoder that gives one vector of `values` for a whole crop. */
export function vectorLayout(values: number): EmbeddingLayout {
  return layoutOfParts([{ name: 'vector', channels: values, places: 1 }]);
}

/**
 * The built-in encoder's layout: means of 64 channels over 3 × 3 windows of the crop, maxima of 528
 * channels that tell parts of objects, and of 192 that tell texture. Reasons: docs/decisions/0013.
 */
export const builtInLayout = layoutOfParts([
  { name: 'layout', channels: 64, places: 9 },
  { name: 'parts', channels: 528, places: 1 },
  { name: 'texture', channels: 192, places: 1 },
]);

/** The parts of a layout with the ranges of their values. */
export function placeParts({ parts }: EmbeddingLayout): PlacedPart[] {
  let to = 0;
  return parts.map((part) => {
    const from = to;
    to += part.channels * part.places;
    return { ...part, from, to };
  });
}

/** Whether embeddings of both layouts have the same parts. */
export function isSameLayout(a: EmbeddingLayout, b: EmbeddingLayout): boolean {
  return describeLayout(a) === describeLayout(b);
}

/** A layout in a few words, such as `64 × 9 layout + 528 parts + 192 texture values`. */
export function describeLayout({ parts }: EmbeddingLayout): string {
  const named = parts.map(({ name, channels, places }) =>
    places === 1 ? `${channels} ${name}` : `${channels} × ${places} ${name}`,
  );
  return `${named.join(' + ')} values`;
}
