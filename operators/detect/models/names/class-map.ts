import { cocoClasses } from '../../engines/coco-classes.ts';
import { EngineError } from '../../engines/engine-error.ts';
import type { ModelFacts } from '../model-ports.ts';
import { cocoById } from './coco-ids.ts';
import { parseNames } from './parse-names.ts';
import { readNamesFile } from './read-names-file.ts';

/** The classes of a detector, and the numbers under which its outputs name them. */
export interface ClassMap {
  readonly names: readonly string[];
  /** For each class the model's number: a column of scores, or an id. */
  readonly numbers: Int32Array;
  /** Where the names are from, in words. */
  readonly from: string;
}

/** What a format knows of its classes. */
export interface ClassNumbers {
  /** Scores that each row has; null where outputs give ids only. */
  readonly count: number | null;
  /**
   * Whether the first number may stand for no class: names are then one less, or one each. Where
   * outputs give ids only, names have one for it if the first is called so, as `background`.
   */
  readonly firstUnused: boolean;
  /**
   * Whether the first number is a class, so that a first name which stands for none, as `???` in
   * files for TensorFlow Lite, has no number.
   */
  readonly isFirstClass?: boolean;
}

/** Most classes; COCO has 80, Objects365 365, LVIS 1203. */
export const classesMax = 10_000;

/**
 * Names the classes of a model: by the file or word that is said, else by its metadata, else with
 * COCO's names where their number fits. Rejects with an {@link EngineError} `bad-model` that says
 * how many names are needed.
 */
export async function classMapOf(
  { path, metadata, classes }: Pick<ModelFacts, 'path' | 'metadata' | 'classes'>,
  said: string | null,
  numbers: ClassNumbers,
): Promise<ClassMap> {
  const count = numbers.count ?? classes;
  const { names: found, from } = await findNames(path, metadata, said, count);
  const names = found !== null && hasNoNumber(found, count, numbers) ? found.slice(1) : found;
  const needed = (): string => {
    if (count === null) return 'class names are needed';
    return numbers.firstUnused
      ? `${count - 1} class names are needed, or ${count} with one for the unused first`
      : `${count} class names are needed`;
  };
  if (names === null) {
    throw new EngineError(
      'bad-model',
      `${path}: ${needed()}, but its metadata has none: set detect.names to a file with one a line` +
        (count === null ? ', or to coco-80 or coco-91' : ''),
    );
  }
  const hasFirst = numbers.count === null && namesNothing(names[0]!);
  const isShifted =
    numbers.firstUnused &&
    (numbers.count === null ? !hasFirst : names.length === numbers.count - 1);
  if (count !== null && names.length !== count && !isShifted) {
    throw new EngineError('bad-model', `${path}: ${needed()}, but ${from} has ${names.length}`);
  }
  const used = names.flatMap((name, i) => {
    const isUnused = isPlaceholder(name) || (i === 0 && numbers.firstUnused && hasFirst);
    return isUnused ? [] : [{ name, i }];
  });
  if (used.length > classesMax)
    throw new EngineError('bad-model', `${path}: expected at most ${classesMax} classes`);
  const twice = used.find(({ name }, i) => used.findIndex((other) => other.name === name) < i);
  if (twice !== undefined)
    throw new EngineError('bad-model', `${path}: ${from} has the class ${twice.name} twice`);
  return {
    names: used.map(({ name }) => name),
    numbers: Int32Array.from(used, ({ i }) => i + (isShifted ? 1 : 0)),
    from,
  };
}

/** Whether the first name stands for no class, and is one more than there are numbers. */
function hasNoNumber(
  names: readonly (string | null)[],
  count: number | null,
  { isFirstClass = false, firstUnused }: ClassNumbers,
): boolean {
  if (firstUnused || names.length < 2 || !namesNothing(names[0]!)) return false;
  return count === null ? isFirstClass : names.length === count + 1;
}

/** What lists of names have in place of numbers that are not used. */
function isPlaceholder(name: string | null): name is null {
  return name === null || name === '???' || name === 'N/A';
}

function namesNothing(name: string | null): boolean {
  return isPlaceholder(name) || /^(__background__|background)$/i.test(name);
}

interface FoundNames {
  /** Null for a number without a class. */
  readonly names: readonly (string | null)[] | null;
  readonly from: string;
}

async function findNames(
  path: string,
  metadata: ReadonlyMap<string, string>,
  said: string | null,
  count: number | null,
): Promise<FoundNames> {
  if (said === 'coco-80') return { names: cocoClasses, from: said };
  if (said === 'coco-91') return { names: cocoById, from: said };
  if (said !== null) return { names: await readNamesFile(said), from: said };
  const written = metadata.get('names') ?? metadata.get('class_names');
  if (written !== undefined) {
    const names = parseNames(written);
    if (names === null)
      throw new EngineError('bad-model', `${path}: the names in its metadata can't be read`);
    return { names, from: 'its metadata' };
  }
  if (count === 80) return { names: cocoClasses, from: 'COCO’s 80' };
  if (count === 91) return { names: cocoById, from: 'COCO’s 91' };
  return { names: null, from: '' };
}
