import type { Box } from '../../foundation/geometry/box.ts';

/** Most bits of a length in COCO's compressed form: 32, in groups of 5. */
const groupsMax = 7;

/**
 * Bounds of the ones of a mask; null if there are none.
 *
 * @param counts Lengths of the runs of zeros and ones in turn, beginning with zeros.
 * @param along Length of the lines that the mask is stored in: its height for COCO's columns, its
 * width for CVAT's rows.
 * @param across How many lines there are.
 * @returns Along and across, with the ends exclusive: `[along, across, alongEnd, acrossEnd]`.
 * @throws RangeError unless the runs fill the mask.
 */
export function boundsOfRuns(
  counts: readonly number[],
  along: number,
  across: number,
): [number, number, number, number] | null {
  let at = 0;
  let [first, last, from, to] = [Infinity, -1, Infinity, -1];
  for (const [i, count] of counts.entries()) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new RangeError(`expected run lengths of 0 or more, found ${count}`);
    }
    const end = at + count;
    if (i % 2 === 1 && count > 0) {
      const [line, lineEnd] = [Math.floor(at / along), Math.floor((end - 1) / along)];
      if (line < first) first = line;
      if (lineEnd > last) last = lineEnd;
      // A run over several lines holds the end of one and the beginning of the next.
      const [runFrom, runTo] = line === lineEnd ? [at % along, (end - 1) % along] : [0, along - 1];
      if (runFrom < from) from = runFrom;
      if (runTo > to) to = runTo;
    }
    at = end;
  }
  if (at !== along * across) {
    throw new RangeError(`expected run lengths of ${along * across} pixels, found ${at}`);
  }
  return last < 0 ? null : [from, first, to + 1, last + 1];
}

/** Bounds of a COCO mask of `size` height and width, which is stored in columns. */
export function boundsOfCocoRuns(
  counts: readonly number[],
  [height, width]: readonly [number, number],
): Box | null {
  const bounds = boundsOfRuns(counts, height, width);
  return bounds === null ? null : [bounds[1], bounds[0], bounds[3], bounds[2]];
}

/**
 * The run lengths in COCO's compressed form: six bits a character from `0` on, the sixth says that
 * more follow; lengths after the third are differences to the one before the last.
 *
 * @throws RangeError for characters and lengths that the form does not have.
 */
export function decodeRuns(text: string): number[] {
  const counts: number[] = [];
  let at = 0;
  while (at < text.length) {
    let value = 0;
    let groups = 0;
    let more = true;
    while (more) {
      const code = text.charCodeAt(at++) - 48;
      if (!(code >= 0 && code < 64) || ++groups > groupsMax) {
        throw new RangeError(`expected compressed run lengths, found a fault at character ${at}`);
      }
      value += (code & 0x1f) * 32 ** (groups - 1);
      more = (code & 0x20) !== 0;
      if (!more && (code & 0x10) !== 0) value -= 32 ** groups;
    }
    counts.push(counts.length > 2 ? value + counts.at(-2)! : value);
  }
  return counts;
}
