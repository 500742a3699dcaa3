import { join } from 'node:path';
import { isFile } from '../../foundation/files/kind-of-path.ts';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { readDatasetText } from '../read-dataset-file.ts';
import { reasonOf, DatasetError } from '../dataset-error.ts';
import type { LineHints } from './decide-reading.ts';
import type { SpecOptions } from '../spec-options.ts';

const yamlNames = ['data.yaml', 'data.yml', 'dataset.yaml'];
const textNames = ['classes.txt', 'labels/classes.txt', 'obj.names'];

/** A part of a YOLO set. */
export type SplitName = NonNullable<SpecOptions['split']>;

export const splitNames: readonly SplitName[] = ['train', 'val', 'test'];

const className = z.union([z.string(), z.number()]).transform((name) => String(name).trim());
const places = z
  .union([z.string().transform((place) => [place]), z.array(z.string())], {
    error: 'expected a folder, a file of paths or a list of these',
  })
  .nullish()
  .transform((paths) => (paths ?? []).filter((path) => path.trim() !== ''));
const yamlSchema = z.looseObject({
  names: z.union([z.array(className), z.record(z.string().regex(/^\d+$/), className)], {
    error: 'expected a list of names, or a map from numbers to names',
  }),
  nc: z.int('expected a whole number').nullish(),
  path: z.string('expected a folder').nullish(),
  train: places,
  val: places,
  test: places,
  kpt_shape: z
    .tuple([z.int().min(1).max(10_000), z.union([z.literal(2), z.literal(3)])], {
      error: 'expected the number of keypoints and 2 or 3 values of each',
    })
    .nullish(),
  // "detect" says nothing: programs that train on boxes take outlines as well.
  task: z.enum(['segment', 'pose', 'obb']).nullish().catch(null),
});

/** The description of a YOLO dataset in its `data.yaml` or list of names. */
export interface YoloNames {
  /** The file that was read. */
  readonly file: string;
  readonly classes: readonly string[];
  /** Folder that the paths of splits are relative to, as written; null for that of the file. */
  readonly root: string | null;
  /** Folders and files of paths of each split, as written in the file. */
  readonly splits: Readonly<Record<SplitName, readonly string[]>>;
  readonly hints: LineHints;
}

/** Reads the names in the first of `folders` that has any; rejects with a {@link DatasetError}. */
export async function readYoloNames(folders: readonly string[]): Promise<YoloNames> {
  for (const folder of folders) {
    for (const name of yamlNames) {
      const path = join(folder, name);
      if (await isFile(path)) return readYoloYaml(path);
    }
    for (const name of textNames) {
      const path = join(folder, name);
      if (!(await isFile(path))) continue;
      const classes = await readTextNames(path);
      const splits = { train: [], val: [], test: [] };
      return { file: path, classes, root: null, splits, hints: { kind: null, keypoints: null } };
    }
  }
  throw new DatasetError(
    'not-found',
    folders[0]!,
    'expected data.yaml or classes.txt with the class names, there or a few folders up',
  );
}

/** Reads a `data.yaml`; rejects with a {@link DatasetError}. */
export async function readYoloYaml(file: string): Promise<YoloNames> {
  const text = await readDatasetText(file, 'class names');
  let yaml: unknown;
  try {
    yaml = parseYaml(text);
  } catch (cause) {
    throw new DatasetError('bad-file', file, `expected YAML: ${reasonOf(cause)}`, { cause });
  }
  const result = yamlSchema.safeParse(yaml);
  if (!result.success) {
    const { path, message } = result.error.issues[0]!;
    const key = String(path[0] ?? 'names');
    // Of a file that is no map at all, names are what is missing.
    const expected = path.length === 0 ? 'expected a list of names' : message;
    throw new DatasetError('bad-file', file, `${key}: ${expected}`);
  }
  const { names, nc, path: root, train, val, test, kpt_shape: keypoints, task } = result.data;
  const classes = Array.isArray(names) ? names : orderNames(names, file);
  const fail = (message: string): DatasetError => new DatasetError('bad-file', file, message);
  const blank = classes.indexOf('');
  if (blank >= 0) throw fail(`names: expected a name for class ${blank}, found none`);
  if (typeof nc === 'number' && nc !== classes.length) {
    throw fail(`names: expected ${nc} names as nc says, found ${classes.length}`);
  }
  const hints = { kind: task ?? null, keypoints: keypoints ?? null };
  return { file, classes, root: root ?? null, splits: { train, val, test }, hints };
}

function orderNames(names: Readonly<Record<string, string>>, file: string): string[] {
  return Object.keys(names).map((_, i) => {
    const name = names[String(i)];
    if (name !== undefined) return name;
    throw new DatasetError(
      'bad-file',
      file,
      `names: expected the numbers from 0 on, ${i} is missing`,
    );
  });
}

async function readTextNames(path: string): Promise<readonly string[]> {
  const names = (await readDatasetText(path, 'class names'))
    .split(/\r?\n/)
    .map((line) => line.trim());
  // Trailing blank lines are common; one in between would shift all later classes.
  while (names.at(-1) === '') names.pop();
  const blank = names.indexOf('');
  if (blank < 0 && names.length > 0) return names;
  throw new DatasetError('bad-file', path, `line ${Math.max(0, blank) + 1}: expected a class name`);
}
