import { codeUnitOrder } from '../../foundation/files/code-unit-order.ts';
import type { CvatFrames } from './cvat-file.ts';

/** The pictures of the frames of a video. */
export interface FramePictures {
  /** Paths by frame, in the order of the frames. */
  readonly byFrame: ReadonlyMap<number, string>;
  readonly warnings: readonly string[];
}

/**
 * Finds out which picture shows which frame: by the last number in the names (`frame_000010.png`),
 * which CVAT counts from 0, or by their order where there are as many pictures as frames.
 *
 * @param paths Of all pictures, below their folder.
 * @param frames Null if unknown.
 * @returns A text that says what was expected where pictures and frames do not fit without doubt.
 */
export function findFrames(
  paths: readonly string[],
  frames: CvatFrames | null,
): FramePictures | string {
  const numbered = byNumber(paths);
  if (frames === null) {
    if (numbered === null) {
      return 'expected pictures with the numbers of their frames, since the file does not say how many there are';
    }
    return numbered.has(0) || !numbered.has(1)
      ? { byFrame: numbered, warnings: [] }
      : countedFromOne(paths.length);
  }
  const { first, last, step } = frames;
  const count = (last - first) / step + 1;
  const isFrame = (number: number): boolean =>
    number >= first && number <= last && (number - first) % step === 0;
  if (numbered !== null && [...numbered.keys()].every(isFrame)) {
    if (numbered.size < count && first === 0 && !numbered.has(0) && numbered.has(1)) {
      return countedFromOne(paths.length);
    }
    return { byFrame: numbered, warnings: [] };
  }
  if (paths.length === count) return inOrder(paths, frames);
  const found = numbered === null ? 0 : [...numbered.keys()].filter(isFrame).length;
  if (numbered !== null && found === count && numbered.has(0)) {
    const byFrame = new Map([...numbered].filter(([number]) => isFrame(number)));
    const others = `${numbered.size - count} pictures are of other frames than the file's`;
    return { byFrame, warnings: [others] };
  }
  return (
    `expected ${count} pictures, of the frames ${first} to ${last}` +
    `${step === 1 ? '' : ` in steps of ${step}`}, found ${paths.length}` +
    (numbered === null ? '' : ` with numbers from ${[...numbered.keys()][0]}`)
  );
}

function countedFromOne(count: number): string {
  return (
    `expected pictures numbered by frame, from 0, found ${count} numbered from 1: ` +
    'whether the first shows frame 0 or frame 1 is not stated'
  );
}

/** Null unless every name has a number of its own. */
function byNumber(paths: readonly string[]): Map<number, string> | null {
  const numbers = paths.map((path): [number, string] => {
    const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');
    const digits = /(\d+)\D*$/.exec(name)?.[1];
    return [digits === undefined ? NaN : Number(digits), path];
  });
  if (numbers.some(([number]) => !Number.isSafeInteger(number))) return null;
  const found = new Map(numbers.sort(([a], [b]) => a - b));
  return found.size === paths.length ? found : null;
}

function inOrder(
  paths: readonly string[],
  { first, last, step }: CvatFrames,
): FramePictures | string {
  const byCharacters = [...paths].sort(codeUnitOrder);
  const natural = new Intl.Collator('en', { numeric: true });
  const byNumbers = [...paths].sort((a, b) => natural.compare(a, b) || codeUnitOrder(a, b));
  const at = byCharacters.findIndex((path, i) => path !== byNumbers[i]);
  if (at >= 0) {
    return (
      `expected names with one order, but frame ${first + at * step} is ${byCharacters[at]!} ` +
      `by characters and ${byNumbers[at]!} by numbers`
    );
  }
  const byFrame = new Map(byCharacters.map((path, i) => [first + i * step, path]));
  const order = `pictures are not named by frame and were taken in their order for frames ${first} to ${last}`;
  return { byFrame, warnings: [order] };
}
