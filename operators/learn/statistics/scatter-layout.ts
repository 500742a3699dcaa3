/** Which features of a row a scatter keeps: each index is a landmark, in one block, or left out. */
export interface ScatterLayout {
  /** Values per row. */
  readonly rowLength: number;
  /** Row indices of the features whose products with all other features are kept. */
  readonly landmarks: Uint16Array;
  /** Row indices of each block's features, whose products with each other are kept. */
  readonly blocks: readonly Uint16Array[];
  /** Stores the scatter in two bytes per value instead of four; see `stored-triangle.ts`. */
  readonly half: boolean;
}

/** Features whose scatter rows are stored together: the landmarks, or one block below them. */
export interface ScatterPart {
  /** Row indices of the features. */
  readonly places: Uint16Array;
  /** Landmarks stored above the rows; 0 for the landmarks themselves. */
  readonly above: number;
  /** Range of the part among all kept features: from `from` up to, not including, `to`. */
  readonly from: number;
  readonly to: number;
}

/** The landmarks, then each block. */
export function partsOf({ landmarks, blocks }: ScatterLayout): ScatterPart[] {
  let to = 0;
  return [landmarks, ...blocks].map((places, i) => {
    const from = to;
    to += places.length;
    return { places, above: i === 0 ? 0 : landmarks.length, from, to };
  });
}

/** Row indices of all kept features, in the order in which they are kept. */
export function placesOf({
  landmarks,
  blocks,
}: Pick<ScatterLayout, 'landmarks' | 'blocks'>): number[] {
  return [landmarks, ...blocks].flatMap((places) => [...places]);
}

/** Number of features a layout keeps. */
export function featuresOf({
  landmarks,
  blocks,
}: Pick<ScatterLayout, 'landmarks' | 'blocks'>): number {
  return blocks.reduce((sum, { length }) => sum + length, landmarks.length);
}

/**
 * Selects a part's values from values of all kept features: the landmarks above it, then its own.
 */
export function gather(
  { above, from, to }: ScatterPart,
  values: Float64Array,
  into: Float64Array = new Float64Array(above + to - from),
): Float64Array {
  into.set(values.subarray(0, above));
  into.set(values.subarray(from, to), above);
  return into;
}
