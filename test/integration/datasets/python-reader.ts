import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The Python that reads sets for comparison. */
export const python = process.env['LIFELENS_TEST_PYTHON'] ?? 'python3';

/** An object as Python prints it: class, left, top, right, bottom. */
export type Entry = readonly [name: string, ...box: number[]];

/**
 * What a script in this folder reads in each file, as it prints it in JSON; a text says why it
 * reads nothing. Pictures are `width` × `height` pixels.
 */
export function pythonReads<T>(
  script: string,
  format: string,
  { width, height }: { readonly width: number; readonly height: number },
  files: readonly string[],
): (T | string)[] {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const args = [path, format, String(width), String(height), ...files];
  const lines = execFileSync(python, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  return lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T | string);
}
