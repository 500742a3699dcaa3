import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { readDatasetText } from '../read-dataset-file.ts';
import { reasonOf, DatasetError } from '../dataset-error.ts';

const yamlNames = ['data.yaml', 'data.yml', 'dataset.yaml'];
const textNames = ['classes.txt', 'labels/classes.txt', 'obj.names'];

const className = z.union([z.string(), z.number()]).transform((name) => String(name).trim());
// Anything but folders, such as a file of paths, is ignored.
const splitFolders = z
  .union([z.string().transform((folder) => [folder]), z.array(z.string())])
  .optional()
  .catch(undefined)
  .transform((paths) => paths ?? []);
const yamlSchema = z.looseObject({
  names: z.union([z.array(className), z.record(z.string().regex(/^\d+$/), className)]),
  train: splitFolders,
  val: splitFolders,
  test: splitFolders,
});

/** The description of a YOLO dataset in its `data.yaml` or list of names. */
export interface YoloNames {
  /** The file that was read. */
  readonly file: string;
  readonly classes: readonly string[];
  /** Folders of each split (train, val, test), as written in the file. */
  readonly splits: Readonly<Record<string, readonly string[]>>;
}

/** Reads the names in the first of `folders` that has any; rejects with a {@link DatasetError}. */
export async function readYoloNames(folders: readonly string[]): Promise<YoloNames> {
  for (const folder of folders) {
    for (const name of yamlNames) {
      const path = join(folder, name);
      if (await exists(path)) return readYaml(path);
    }
    for (const name of textNames) {
      const path = join(folder, name);
      if (await exists(path)) return { file: path, classes: await readTextNames(path), splits: {} };
    }
  }
  throw new DatasetError(
    'not-found',
    folders[0]!,
    'expected data.yaml or classes.txt with the class names, there or a few folders up',
  );
}

async function readYaml(file: string): Promise<YoloNames> {
  const text = await readDatasetText(file, 'class names');
  let yaml: unknown;
  try {
    yaml = parseYaml(text);
  } catch (cause) {
    throw new DatasetError('bad-file', file, `expected YAML: ${reasonOf(cause)}`, { cause });
  }
  const result = yamlSchema.safeParse(yaml);
  if (!result.success) {
    throw new DatasetError(
      'bad-file',
      file,
      'names: expected a list of names, or a map from numbers to names',
    );
  }
  const { names, train, val, test } = result.data;
  const classes = Array.isArray(names) ? names : orderNames(names, file);
  const blank = classes.indexOf('');
  if (blank < 0) return { file, classes, splits: { train, val, test } };
  throw new DatasetError('bad-file', file, `names: expected a name for class ${blank}, found none`);
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

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true;
}
