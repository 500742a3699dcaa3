import { dirname, join, relative, sep, win32 } from 'node:path';
import type { YoloNames } from './yolo-names.ts';

/**
 * A warning if the pictures are of several splits that the dataset defines, such as train and val;
 * else null. Evaluation on images that were trained on overestimates a head.
 */
export function mixedSplitsWarning(
  folder: string,
  pictures: readonly string[],
  { file, splits }: YoloNames,
): string | null {
  const root = dirname(file);
  const paths = pictures.map((path) => `/${relative(root, path).split(sep).join('/')}`);
  const splitOf = new Map<string, string>();
  for (const [split, folders] of Object.entries(splits)) {
    for (const suffix of folders.map(pathSuffix)) {
      const match = paths.find((path) => path.includes(suffix));
      if (match === undefined) continue;
      const end = match.indexOf(suffix) + suffix.length - 1;
      const path = join(root, match.slice(1, end));
      if (!splitOf.has(path)) splitOf.set(path, split);
    }
  }
  if (new Set(splitOf.values()).size < 2) return null;
  const found = [...splitOf].map(([path, split]) => `${split} in ${path}`).join(', ');
  return `${folder} contains several splits of ${file}: ${found}; pass the folder of one to use it alone`;
}

/** The part of a split's folder to search in picture paths: its base differs between datasets. */
function pathSuffix(folder: string): string {
  const names = folder.split(/[\\/]/).filter((name) => !['', '.', '..'].includes(name));
  // Only the end of an absolute path is valid on another machine.
  return `/${(win32.isAbsolute(folder) ? names.slice(-2) : names).join('/')}/`;
}
