import { dirname, join, relative, sep, win32 } from 'node:path';
import type { YoloNames } from './yolo-names.ts';

/**
 * Warns where pictures are of several parts that the set's own file tells apart, such as train and val: a head that is
 * judged on what it learned looks better than it is. Null where they are of one.
 */
export function warnOfParts(
  folder: string,
  pictures: readonly string[],
  { file, parts }: YoloNames,
): string | null {
  const root = dirname(file);
  const places = pictures.map((path) => `/${relative(root, path).split(sep).join('/')}`);
  const found = new Map<string, string>();
  for (const [part, folders] of Object.entries(parts)) {
    for (const name of folders.map(placeOf)) {
      const place = places.find((each) => each.includes(name));
      if (place === undefined) continue;
      const end = place.indexOf(name) + name.length - 1;
      const path = join(root, place.slice(1, end));
      if (!found.has(path)) found.set(path, part);
    }
  }
  if (new Set(found.values()).size < 2) return null;
  const apart = [...found].map(([path, part]) => `${part} in ${path}`).join(', ');
  return `${folder} is taken whole, though ${file} tells parts of it apart: ${apart}; name the folder of one to take that alone`;
}

/** A part's folder as it would be found in a picture's path: where it is meant to start from differs from set to set. */
function placeOf(name: string): string {
  const words = name.split(/[\\/]/).filter((word) => !['', '.', '..'].includes(word));
  // Of a path from another machine only the end still means something.
  return `/${(win32.isAbsolute(name) ? words.slice(-2) : words).join('/')}/`;
}
