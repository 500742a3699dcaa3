import { z } from 'zod';
import { isPictureName } from '../../ingest/pictures/picture-name.ts';
import { parseEntry } from '../long-files/parse-entry.ts';

type Fail = (message: string) => Error;

/** One person's annotation of a task, with its regions as in the file. */
export interface TaskAnnotation {
  /** Place of the regions in the file. */
  readonly place: string;
  readonly results: readonly unknown[];
  /** Milliseconds since 1970; null if the file does not say. */
  readonly updatedMs: number | null;
  readonly id: number | null;
  /** Marked as the right one. */
  readonly groundTruth: boolean;
}

/** A task: a picture and the annotations that were not cancelled. */
export interface Task {
  readonly id: string;
  /** What the task calls its picture: a URL or a path. */
  readonly picture: string;
  readonly annotations: readonly TaskAnnotation[];
  /** Whether further entries may have further annotations of the task (JSON-MIN). */
  readonly minimal: boolean;
}

const id = z.union([z.int(), z.string().min(1)]);
const time = z.string().nullish();
const annotationSchema = z.object({
  id: id.nullish(),
  result: z.array(z.unknown()),
  was_cancelled: z.boolean().nullish(),
  ground_truth: z.boolean().nullish(),
  updated_at: time,
  created_at: time,
});
const fullSchema = z.object({
  id: id.nullish(),
  annotations: z.array(annotationSchema),
  data: z.record(z.string(), z.unknown()),
});
const minimalSchema = z.looseObject({
  id: id.nullish(),
  annotation_id: id.nullish(),
  updated_at: time,
  created_at: time,
});
/** Kinds of regions in JSON-MIN, by the key of their labels. */
const labelKeys = [
  'rectanglelabels',
  'ellipselabels',
  'polygonlabels',
  'brushlabels',
  'keypointlabels',
  'labels',
];

/**
 * A task of an export of Label Studio, JSON or JSON-MIN.
 *
 * @throws What `fail` makes of a place and what was expected there.
 */
export function taskOf(value: unknown, index: number, fail: Fail): Task {
  const place = String(index);
  const entry = parseEntry(
    z.record(z.string(), z.unknown(), 'expected a task'),
    value,
    place,
    fail,
  );
  const { data } = entry;
  const isFull = typeof data === 'object' && data !== null && !Array.isArray(data);
  if (!isFull) return minimalTask(entry, index, fail);
  // Exports of before version 1.0 call them completions.
  return fullTask(
    { ...entry, annotations: entry['annotations'] ?? entry['completions'] },
    index,
    fail,
  );
}

function fullTask(entry: unknown, index: number, fail: Fail): Task {
  const task = parseEntry(fullSchema, entry, String(index), fail);
  return {
    id: String(task.id ?? `entry ${index}`),
    picture: pictureOf(task.data, `${index}.data`, fail),
    annotations: task.annotations.flatMap((each, i): TaskAnnotation[] => {
      if (each.was_cancelled === true) return [];
      return [
        {
          place: `${index}.annotations.${i}.result`,
          results: each.result,
          updatedMs: timeOf(each.updated_at ?? each.created_at),
          id: typeof each.id === 'number' ? each.id : null,
          groundTruth: each.ground_truth === true,
        },
      ];
    }),
    minimal: false,
  };
}

function minimalTask(entry: Record<string, unknown>, index: number, fail: Fail): Task {
  const task = parseEntry(minimalSchema, entry, String(index), fail);
  const results = Object.values(entry).flatMap((values) =>
    Array.isArray(values) ? (values as unknown[]).flatMap(resultOfMinimal) : [],
  );
  // Without regions, only these tell that somebody looked at the picture.
  if (results.length === 0 && !('annotation_id' in entry) && !('annotator' in entry)) {
    throw fail(`${index}: expected a task with annotations, or regions`);
  }
  return {
    id: String(task.id ?? `entry ${index}`),
    picture: pictureOf(entry, String(index), fail),
    annotations: [
      {
        place: String(index),
        results,
        updatedMs: timeOf(task.updated_at ?? task.created_at),
        id: typeof task.annotation_id === 'number' ? task.annotation_id : null,
        groundTruth: false,
      },
    ],
    minimal: true,
  };
}

/** The region of an element of JSON-MIN in the form of the full export; none for other elements. */
function resultOfMinimal(element: unknown): unknown[] {
  if (typeof element !== 'object' || element === null) return [];
  const value = element as Record<string, unknown>;
  const key = labelKeys.find((each) => each in value);
  const shape =
    'points' in value
      ? 'polygon'
      : 'radiusX' in value
        ? 'ellipse'
        : 'width' in value
          ? 'rectangle'
          : null;
  if (key === undefined && shape === null) return [];
  const { original_width, original_height } = value;
  const type = key === undefined || key === 'labels' ? (shape ?? 'region') : key;
  return [{ type, value, original_width, original_height }];
}

/** The value of `image`, else the only one that names a picture. */
function pictureOf(data: Record<string, unknown>, place: string, fail: Fail): string {
  const { image } = data;
  if (typeof image === 'string' && image !== '') return image;
  const found = Object.entries(data).filter(
    (pair): pair is [string, string] =>
      typeof pair[1] === 'string' && isPictureName(pair[1].replace(/[?#](?!d=).*$/s, '')),
  );
  if (found.length === 1) return found[0]![1];
  const keys = found.map(([key]) => key.slice(0, 40)).join(' and ');
  throw fail(`${place}: expected one picture, found ${keys === '' ? 'none' : keys}`);
}

function timeOf(text: string | null | undefined): number | null {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? null : time;
}
