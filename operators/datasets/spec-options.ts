import { DatasetError } from './dataset-error.ts';
import type { BoxSpace } from './dataset.ts';

/** What a user may add to the specification of a set where its files leave a choice. */
export interface SpecOptions {
  /** The pixels of the boxes of EXIF-turned pictures. */
  readonly boxes?: BoxSpace;
  /** The part of a YOLO set to read, as `data.yaml` defines it. */
  readonly split?: 'train' | 'val' | 'test';
  /** What the lines of YOLO labels are. */
  readonly lines?: LineKind;
  /** File that names the track of each picture ({@link withTracks}). */
  readonly tracks?: string;
}

/**
 * Lines of YOLO label files: boxes (also with confidence and track), outlines, boxes with
 * keypoints, or the four corners of oriented boxes.
 */
export type LineKind = (typeof lineKinds)[number];

const lineKinds = ['detect', 'segment', 'pose', 'obb'] as const;
const values = {
  boxes: ['upright', 'stored'],
  split: ['train', 'val', 'test'],
  lines: lineKinds,
} as const;
const allValues: Readonly<Record<string, readonly string[]>> = values;

/** The option that holds a path, and what is before it. It comes last. */
const withTracksFile = /^(.*#(?:[^#\\/:]*,)?)tracks=(.+)$/s;

/**
 * Splits `FORMAT:PATHS#KEY=VALUE,KEY=VALUE` into the set and its options: `boxes=upright|stored`,
 * for YOLO `split=train|val|test` and `lines=detect|segment|pose|obb`, and last `tracks=FILE`.
 *
 * The options follow the last `#` that has no `/` or `\` behind it, apart from the path of
 * `tracks`: a folder with a `#` in its name therefore needs a trailing `/`.
 *
 * @throws DatasetError `bad-spec`
 */
export function splitSpec(spec: string): { readonly set: string; readonly options: SpecOptions } {
  const [, before = '', tracks] = withTracksFile.exec(spec) ?? [];
  if (tracks === undefined) return splitChoices(spec);
  if (before.endsWith('#')) return { set: before.slice(0, -1), options: { tracks } };
  const { set, options } = splitChoices(before.slice(0, -1));
  return { set, options: { ...options, tracks } };
}

/** The options with a few values each. */
function splitChoices(spec: string): { readonly set: string; readonly options: SpecOptions } {
  const at = spec.lastIndexOf('#');
  if (at < 0 || /[\\/:]/.test(spec.slice(at))) return { set: spec, options: {} };
  const options: Record<string, string> = {};
  for (const option of spec.slice(at + 1).split(',')) {
    const [key = '', value = '', ...rest] = option.split('=');
    const allowed = allValues[key];
    const isKnown = Object.hasOwn(values, key) && allowed?.includes(value) === true;
    if (!isKnown || rest.length > 0 || key in options) throw badOption(spec, option);
    options[key] = value;
  }
  const isYolo = spec.startsWith('yolo:');
  const foreign = ['split', 'lines'].find((key) => key in options);
  if (!isYolo && foreign !== undefined) throw badOption(spec, foreign);
  return { set: spec.slice(0, at), options };
}

function badOption(spec: string, option: string): DatasetError {
  const known = Object.entries(values).map(([key, list]) => `${key}=${list.join('|')}`);
  return new DatasetError(
    'bad-spec',
    spec,
    `expected ${known.join(', ')} (the last two for yolo) and tracks=FILE last after #, found ${JSON.stringify(option)}; ` +
      'a folder with # in its name needs / behind it',
  );
}
