import { messageOf } from '../foundation/errors/message-of.ts';
import { classNameKey, normaliseClassName } from '../foundation/names/class-name.ts';
import { DatasetError } from './dataset-error.ts';
import type { LabelledObject } from './dataset.ts';

/** What has class names: a dataset before and after its pictures are opened. */
interface Named {
  readonly classes: readonly string[];
  readonly images: readonly { readonly objects: readonly LabelledObject[] }[];
  readonly warnings: readonly string[];
}

/**
 * Gives every class of a set one name, by the rule that holds for commands too: the spelling of
 * `preferred` where that has the class, otherwise the first one of the set. Warns of classes that
 * the set spells in several ways.
 *
 * @throws DatasetError where a name breaks the rule; `spec` is the set as the user named it.
 */
export function withOneSpelling<T extends Named>(
  set: T,
  spec: string,
  preferred: readonly string[] = [],
): T {
  const names = new Map(preferred.map((name) => [classNameKey(name), name]));
  const spellings = new Map<string, string[]>();
  const nameOf = new Map<string, string>();
  for (const written of set.classes) {
    const normal = normalised(written, spec);
    const key = classNameKey(normal);
    if (!names.has(key)) names.set(key, normal);
    nameOf.set(written, names.get(key)!);
    const others = spellings.get(key);
    if (others === undefined) spellings.set(key, [normal]);
    else if (!others.includes(normal)) others.push(normal);
  }
  const warnings = [...spellings].flatMap(([key, written]) => {
    if (written.length === 1) return [];
    const list = written.map((name) => JSON.stringify(name)).join(', ');
    return [
      `${list} are spellings of one class, which is called ${JSON.stringify(names.get(key))}`,
    ];
  });
  return {
    ...set,
    classes: [...new Set(set.classes.map((written) => nameOf.get(written)!))],
    images: set.images.map((image) => ({
      ...image,
      objects: image.objects.map((object) => ({ ...object, class: nameOf.get(object.class)! })),
    })),
    warnings: [...set.warnings, ...warnings],
  };
}

function normalised(written: string, spec: string): string {
  try {
    return normaliseClassName(written);
  } catch (cause) {
    const name = JSON.stringify(written.slice(0, 80));
    throw new DatasetError('bad-file', spec, `class ${name}: ${messageOf(cause)}`, { cause });
  }
}
