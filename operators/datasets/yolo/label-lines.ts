import { DatasetError } from '../dataset-error.ts';

/** A line of a label file: a class and the numbers behind it, which stand for one object. */
export interface LabelLine {
  /** The label file. */
  readonly path: string;
  /** Number of the line, from 1. */
  readonly line: number;
  readonly class: string;
  /** At least 4; the first 4 are between -1 and 2. */
  readonly values: readonly number[];
}

/** Lines of one file without those that repeat an earlier one of it. */
export interface LabelLines {
  readonly lines: readonly LabelLine[];
  /** The first repeated line and how many there are. */
  readonly repeated: { readonly count: number; readonly first: number };
}

/** Parses the lines of a label file. @throws DatasetError that names file and line. */
export function parseLabelLines(
  text: string,
  path: string,
  classes: readonly string[],
): LabelLines {
  const lines: LabelLine[] = [];
  const known = new Set<string>();
  const repeated = { count: 0, first: 0 };
  text.split(/\r?\n/).forEach((raw, i) => {
    const fields = raw.trim().split(/\s+/);
    if (fields[0] === '') return;
    const key = fields.join(' ');
    if (known.has(key)) {
      if (repeated.count++ === 0) repeated.first = i + 1;
      return;
    }
    known.add(key);
    lines.push(parseLine(fields, path, i + 1, classes));
  });
  return { lines, repeated };
}

/** The error of a line: where it is, and what was expected of it. */
export function badLine(
  { path, line }: Pick<LabelLine, 'path' | 'line'>,
  expected: string,
): DatasetError {
  return new DatasetError('bad-file', path, `line ${line}: expected ${expected}`);
}

function parseLine(
  fields: readonly string[],
  path: string,
  line: number,
  classes: readonly string[],
): LabelLine {
  const fail = (expected: string): DatasetError => badLine({ path, line }, expected);
  const numbers = fields.map((field) => (/^[-+.\de]+$/i.test(field) ? Number(field) : NaN));
  if (!numbers.every(Number.isFinite)) throw fail('numbers');
  const [index, ...values] = numbers as [number, ...number[]];
  const name = classes[index];
  if (name === undefined) throw fail(`a class from 0 to ${classes.length - 1}, found ${index}`);
  if (values.length < 4) {
    throw fail(`a class and 4 values (or an outline of 3 points or more), found ${values.length}`);
  }
  // Coordinates in pixels would be clipped to boxes as large as the picture.
  if (!areShares(values.slice(0, 4))) throw fail('shares of the picture, 0 to 1');
  return { path, line, class: name, values };
}

/** Whether coordinates can be shares of a picture: objects may reach a bit beyond it. */
export function areShares(coordinates: readonly number[]): boolean {
  return coordinates.every((value) => value >= -1 && value <= 2);
}
