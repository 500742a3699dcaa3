import { stat } from 'node:fs/promises';
import { dirname, join, parse, relative, resolve, sep } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { AnnotatedImage, LabelledObject } from './labelled-set.ts';
import { compareNames, isPicture, list } from './picture-files.ts';
import { readSetFile } from './read-set-file.ts';
import { SetError } from './set-error.ts';
import type { SetSpec } from './set-spec.ts';

const yamlNames = ['data.yaml', 'data.yml', 'dataset.yaml'];
const textNames = ['classes.txt', 'labels/classes.txt', 'obj.names'];
/** Folders below folders that are still looked into. */
const depthMax = 8;

const className = z.union([z.string(), z.number()]).transform(String);
const yamlSchema = z.looseObject({
  names: z.union([z.array(className), z.record(z.string().regex(/^\d+$/), className)]),
});

/**
 * Reads a YOLO set: pictures anywhere below the folder, each with a `.txt` of the same stem,
 * in `labels/` where the picture is in `images/`, else beside it. A picture without one shows
 * nothing. Lines are `class cx cy w h`, or `class x1 y1 x2 y2 …` for an outline, all shares of
 * the picture. Names come from `data.yaml` or `classes.txt`, in the folder or the one above.
 */
export async function readYoloSet({ folder }: Extract<SetSpec, { format: 'yolo' }>): Promise<{
  classes: readonly string[];
  images: readonly AnnotatedImage[];
}> {
  const paths = await findPictures(folder, 0);
  if (paths.length === 0) throw new SetError('empty', folder, 'expected pictures, found none');
  const classes = await readNames(folder);
  const images: AnnotatedImage[] = [];
  let labelled = 0;
  for (const path of paths) {
    const labels = labelPath(folder, path);
    const text = (await exists(labels)) ? await readSetFile(labels, 'labels') : null;
    if (text !== null) labelled++;
    images.push({
      id: relative(folder, path).split(sep).join('/'),
      path,
      stated: null,
      objects: text === null ? [] : parseLabels(text, labels, classes),
      relative: true,
    });
  }
  if (labelled > 0) return { classes: [...new Set(classes)], images };
  throw new SetError('empty', folder, `expected labels such as ${labelPath(folder, paths[0]!)}`);
}

async function findPictures(folder: string, depth: number): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await list(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth < depthMax)
      found.push(...(await findPictures(path, depth + 1)));
    else if (!entry.isDirectory() && isPicture(entry.name)) found.push(path);
  }
  return found.sort(compareNames);
}

function labelPath(folder: string, picture: string): string {
  const parts = relative(folder, picture).split(sep);
  const at = parts.lastIndexOf('images');
  // `yolo:SET/images` with SET/labels beside it is understood too.
  const root =
    at < 0 && parse(resolve(folder)).base === 'images' ? join(folder, '..', 'labels') : folder;
  if (at >= 0) parts[at] = 'labels';
  const { dir, name } = parse(parts.join(sep));
  return join(root, dir, `${name}.txt`);
}

async function readNames(folder: string): Promise<readonly string[]> {
  for (const place of [folder, dirname(resolve(folder))]) {
    for (const name of yamlNames) {
      const path = join(place, name);
      if (await exists(path)) return namesOfYaml(path);
    }
    for (const name of textNames) {
      const path = join(place, name);
      if (await exists(path)) return namesOfText(path);
    }
  }
  throw new SetError('not-found', folder, 'expected data.yaml or classes.txt with the class names');
}

async function namesOfYaml(path: string): Promise<readonly string[]> {
  const text = await readSetFile(path, 'class names');
  let yaml: unknown;
  try {
    yaml = parseYaml(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
    throw new SetError('bad-file', path, `expected YAML: ${why}`, { cause });
  }
  const result = yamlSchema.safeParse(yaml);
  if (!result.success) {
    throw new SetError(
      'bad-file',
      path,
      'names: expected a list of names, or a map from numbers to names',
    );
  }
  const { names } = result.data;
  if (Array.isArray(names)) return names;
  const all: string[] = [];
  for (let i = 0; i < Object.keys(names).length; i++) {
    const name = names[String(i)];
    if (name === undefined) {
      throw new SetError(
        'bad-file',
        path,
        `names: expected the numbers from 0 on, ${i} is missing`,
      );
    }
    all.push(name);
  }
  return all;
}

async function namesOfText(path: string): Promise<readonly string[]> {
  const names = (await readSetFile(path, 'class names')).split(/\r?\n/).map((line) => line.trim());
  // Blank lines at the end are a habit; one in between would shift every class after it.
  while (names.at(-1) === '') names.pop();
  const blank = names.indexOf('');
  if (blank < 0 && names.length > 0) return names;
  throw new SetError('bad-file', path, `line ${Math.max(0, blank) + 1}: expected a class name`);
}

function parseLabels(text: string, path: string, classes: readonly string[]): LabelledObject[] {
  return text.split(/\r?\n/).flatMap((line, i): LabelledObject[] => {
    const words = line.trim().split(/\s+/);
    if (words[0] === '') return [];
    const fail = (expected: string): SetError =>
      new SetError('bad-file', path, `line ${i + 1}: expected ${expected}`);
    const values = words.map(Number);
    if (!values.every(Number.isFinite)) throw fail('numbers');
    const [index, ...place] = values as [number, ...number[]];
    const name = classes[index];
    if (name === undefined) throw fail(`a class from 0 to ${classes.length - 1}, found ${index}`);
    const outline = place.length >= 6 && place.length % 2 === 0;
    if (place.length !== 4 && !outline) {
      throw fail(`a class and 4 values (or an outline of 3 points or more), found ${place.length}`);
    }
    // Pixels instead of shares would silently become boxes as large as the picture.
    if (place.some((value) => value < -1 || value > 2)) throw fail('shares of the picture, 0 to 1');
    if (!outline && (place[2]! < 0 || place[3]! < 0)) throw fail('a width and height of 0 or more');
    const box = outline ? boundsOf(place) : boxOf(place);
    return [{ class: name, box, difficult: false, crowd: false }];
  });
}

function boxOf(place: readonly number[]): LabelledObject['box'] {
  const [cx, cy, width, height] = place as [number, number, number, number];
  return [cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2];
}

function boundsOf(points: readonly number[]): LabelledObject['box'] {
  const xs = points.filter((_, i) => i % 2 === 0);
  const ys = points.filter((_, i) => i % 2 === 1);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true;
}
