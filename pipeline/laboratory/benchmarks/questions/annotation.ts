import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Box } from '../../../../operators/foundation/geometry/box.ts';

/** A box at a time: seconds, then left, top, right, bottom in pixels of the video. */
const keySchema = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()]);

const objectSchema = z.strictObject({
  id: z.string(),
  /**
   * `novel`: of no base class, and at least 0.33 % of the picture, COCO's limit of a small object:
   * has to be asked about. `minor`: of no base class, but smaller or a fixture: may be asked about.
   * `known`: of one of `classes`.
   */
  kind: z.enum(['novel', 'minor', 'known']),
  /** Base classes that are right for a known object. */
  classes: z.array(z.string()).default([]),
  /** Presences; within one, boxes are interpolated between the key frames. */
  spans: z.array(z.array(keySchema).min(1)).min(1),
});

const annotationSchema = z.strictObject({
  video: z.string(),
  /** What the annotator decided, and why. */
  notes: z.string(),
  objects: z.array(objectSchema),
});

/** An object of a video or simulation in one frame. */
export interface SeenObject {
  readonly id: string;
  readonly kind: 'novel' | 'minor' | 'known';
  readonly classes: readonly string[];
  readonly box: Box;
}

/** What can be seen at a time: the objects, and the ids of all that have to be asked about. */
export interface Annotation {
  readonly novelIds: readonly string[];
  readonly at: (timestampMs: number) => readonly SeenObject[];
}

/** Time before and after the key frames of a presence in which its object still counts, in s. */
const slackSeconds = 0.2;

/** Names of the annotated videos. */
export const annotatedVideos = [
  'vtest',
  'bottle-detection',
  'car-detection',
  'box',
  'cup',
] as const;

/** Reads the committed annotation of a video; throws a ZodError where it is malformed. */
export function readAnnotation(name: string): Annotation & { readonly video: string } {
  const file = join(import.meta.dirname, 'annotations', `${name}.json`);
  const { video, objects } = annotationSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return {
    video,
    novelIds: objects.filter(({ kind }) => kind === 'novel').map(({ id }) => id),
    at: (timestampMs) =>
      objects.flatMap(({ id, kind, classes, spans }) =>
        spans.flatMap((keys) => {
          const box = boxAt(keys, timestampMs / 1000);
          return box === null ? [] : [{ id, kind, classes, box }];
        }),
      ),
  };
}

type Key = z.output<typeof keySchema>;

/** The box at a time, by linear interpolation; null outside of the presence. */
export function boxAt(keys: readonly Readonly<Key>[], seconds: number): Box | null {
  const [first, last] = [keys[0]!, keys.at(-1)!];
  if (seconds < first[0] - slackSeconds || seconds > last[0] + slackSeconds) return null;
  const next = keys.find(([time]) => time >= seconds) ?? last;
  const before = keys.findLast(([time]) => time <= seconds) ?? first;
  const length = next[0] - before[0];
  const share = length === 0 ? 0 : (seconds - before[0]) / length;
  const at = (i: 1 | 2 | 3 | 4) => before[i] + share * (next[i] - before[i]);
  return [at(1), at(2), at(3), at(4)];
}
