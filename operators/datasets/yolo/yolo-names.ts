import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { readSetFile } from '../read-set-file.ts';
import { SetError } from '../set-error.ts';

const yamlNames = ['data.yaml', 'data.yml', 'dataset.yaml'];
const textNames = ['classes.txt', 'labels/classes.txt', 'obj.names'];

const className = z.union([z.string(), z.number()]).transform((name) => String(name).trim());
// A file of paths, or whatever else is written there, tells no folders apart.
const folders = z
  .union([z.string().transform((folder) => [folder]), z.array(z.string())])
  .optional()
  .catch(undefined)
  .transform((found) => found ?? []);
const yamlSchema = z.looseObject({
  names: z.union([z.array(className), z.record(z.string().regex(/^\d+$/), className)]),
  train: folders,
  val: folders,
  test: folders,
});

/** What a YOLO set's own file says of it. */
export interface YoloNames {
  /** The file that says it. */
  readonly file: string;
  readonly classes: readonly string[];
  /** Folders of the parts that are told apart (train, val, test), as they are written. */
  readonly parts: Readonly<Record<string, readonly string[]>>;
}

/** Reads the first of the files that name classes, the nearest place first; rejects with a {@link SetError}. */
export async function readYoloNames(places: readonly string[]): Promise<YoloNames> {
  for (const place of places) {
    for (const name of yamlNames) {
      const path = join(place, name);
      if (await exists(path)) return namesOfYaml(path);
    }
    for (const name of textNames) {
      const path = join(place, name);
      if (await exists(path)) return { file: path, classes: await namesOfText(path), parts: {} };
    }
  }
  throw new SetError(
    'not-found',
    places[0]!,
    'expected data.yaml or classes.txt with the class names, there or a few folders up',
  );
}

async function namesOfYaml(file: string): Promise<YoloNames> {
  const text = await readSetFile(file, 'class names');
  let yaml: unknown;
  try {
    yaml = parseYaml(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
    throw new SetError('bad-file', file, `expected YAML: ${why}`, { cause });
  }
  const result = yamlSchema.safeParse(yaml);
  if (!result.success) {
    throw new SetError(
      'bad-file',
      file,
      'names: expected a list of names, or a map from numbers to names',
    );
  }
  const { names, train, val, test } = result.data;
  const classes = Array.isArray(names) ? names : inOrder(names, file);
  const blank = classes.indexOf('');
  if (blank < 0) return { file, classes, parts: { train, val, test } };
  throw new SetError('bad-file', file, `names: expected a name for class ${blank}, found none`);
}

function inOrder(names: Readonly<Record<string, string>>, file: string): string[] {
  return Object.keys(names).map((_, i) => {
    const name = names[String(i)];
    if (name !== undefined) return name;
    throw new SetError('bad-file', file, `names: expected the numbers from 0 on, ${i} is missing`);
  });
}

async function namesOfText(path: string): Promise<readonly string[]> {
  const names = (await readSetFile(path, 'class names')).split(/\r?\n/).map((line) => line.trim());
  // Blank lines at the end are a habit; one in between would shift every class after it.
  while (names.at(-1) === '') names.pop();
  const blank = names.indexOf('');
  if (blank < 0 && names.length > 0) return names;
  throw new SetError('bad-file', path, `line ${Math.max(0, blank) + 1}: expected a class name`);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true;
}
