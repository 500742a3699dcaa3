import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { messageOf } from '../../../foundation/errors/message-of.ts';
import { fileSize } from '../../../foundation/files/file-size.ts';
import { EngineError } from '../../engines/engine-error.ts';
import { blankLineOf, namesOfValue, parseNames } from './parse-names.ts';

/** Largest file of class names, in bytes. */
export const namesBytesMax = 4 * 2 ** 20;

/**
 * Reads class names from a file: one a line, a JSON array or object, or YAML with `names:` as in
 * data.yaml. Rejects with an {@link EngineError} `bad-model`.
 */
export async function readNamesFile(path: string): Promise<string[]> {
  let text: string;
  try {
    if ((await fileSize(path)) > namesBytesMax)
      throw new Error(`it has more than ${namesBytesMax} bytes`);
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const message = `the class names in ${path} can't be read: ${messageOf(cause)}`;
    throw new EngineError('bad-model', message, { cause });
  }
  const isYaml = /\.ya?ml$/i.test(path) || /^\s*["']?names["']?\s*:/m.test(text);
  const names = isYaml ? namesOfYaml(text) : (parseNames(text) ?? namesOfYaml(text));
  if (names !== null) return names;
  const blank = isYaml || /^\s*([[{]|$)/.test(text) ? null : blankLineOf(text);
  if (blank !== null) {
    const message = `${path}: line ${blank} is blank, where a class name was expected`;
    throw new EngineError('bad-model', message);
  }
  throw new EngineError(
    'bad-model',
    `${path}: expected class names, one a line, as a JSON list, or as names: in YAML`,
  );
}

/** The `names` of a mapping, or what is a list or numbered mapping itself. */
function namesOfYaml(text: string): string[] | null {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch {
    return null;
  }
  return namesOfValue(
    typeof value === 'object' && value !== null && 'names' in value ? value.names : value,
  );
}
