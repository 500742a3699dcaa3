import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { codeOf } from '../../../foundation/errors/code-of.ts';
import { messageOf } from '../../../foundation/errors/message-of.ts';
import { fileSize } from '../../../foundation/files/file-size.ts';
import { badModelFile } from '../bad-model.ts';
import { namesBytesMax } from '../names/read-names-file.ts';

/** The file that Ultralytics' exports put beside a model.json. */
const metadataName = 'metadata.yaml';

/**
 * What is said about a GraphModel: in `userDefinedMetadata` of its model.json, and in a
 * `metadata.yaml` beside it, as Ultralytics writes it (`names`, `imgsz`, `stride`, `task`). Lists
 * and mappings are written as JSON. Rejects with an `EngineError` `bad-model` where that file
 * can't be read.
 */
export async function readGraphMetadata(
  path: string,
  userDefined: Readonly<Record<string, unknown>> = {},
): Promise<Map<string, string>> {
  return new Map([...textsOf(userDefined), ...textsOf(await metadataBeside(path))]);
}

async function metadataBeside(path: string): Promise<Readonly<Record<string, unknown>>> {
  const file = join(dirname(path), metadataName);
  try {
    if ((await fileSize(file)) > namesBytesMax)
      throw new Error(`it has more than ${namesBytesMax} bytes`);
    const value: unknown = parse(await readFile(file, 'utf8'), { maxAliasCount: 0 });
    if (typeof value !== 'object' || value === null) throw new Error('expected a mapping');
    return value as Record<string, unknown>;
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return {};
    throw badModelFile(file, `the metadata can't be read: ${messageOf(cause)}`, cause);
  }
}

function textsOf(values: Readonly<Record<string, unknown>>): (readonly [string, string])[] {
  return Object.entries(values).flatMap(([key, value]): (readonly [string, string])[] => {
    if (key === 'signature' || value === null || value === undefined) return [];
    return [[key, typeof value === 'string' ? value : JSON.stringify(value)]];
  });
}
