import type { Hash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, relative, sep } from 'node:path';
import { messageOf } from '../../../foundation/errors/message-of.ts';
import { fileSize } from '../../../foundation/files/file-size.ts';
import { badModelFile } from '../bad-model.ts';
import { modelBytesMax } from '../model-bytes-max.ts';
import type { WeightGroupJson, WeightJson } from './graph-model-schema.ts';

/** Most files that the weights of a GraphModel may lie in. */
export const shardsMax = 4096;

const bytesOf = { float32: 4, int32: 4, bool: 1, complex64: 8, uint8: 1, uint16: 2, float16: 2 };

/**
 * Reads the weights of a GraphModel from the files beside its model.json, in the order of its
 * manifest, and adds them to `hash`. Rejects with an `EngineError` `bad-model` that names the file
 * which is missing, lies elsewhere, or has more or less bytes than its weights.
 */
export async function readWeights(
  path: string,
  groups: readonly WeightGroupJson[],
  hash: Hash,
): Promise<ArrayBuffer> {
  const count = groups.reduce((sum, { paths }) => sum + paths.length, 0);
  if (count > shardsMax)
    throw badModelFile(path, `expected at most ${shardsMax} files of weights, not ${count}`);
  const wholes: Uint8Array<ArrayBuffer>[] = [];
  let total = 0;
  for (const { paths, weights } of groups) {
    const own: Uint8Array[] = [];
    for (const name of paths) {
      const bytes = await readShard(path, name, modelBytesMax - total);
      total += bytes.byteLength;
      hash.update(bytes);
      own.push(bytes);
    }
    const whole = joined(own);
    checkLength(path, paths, whole, weights);
    wholes.push(whole);
  }
  // Nearly all models are one group: its weights are not copied again.
  return (wholes.length === 1 ? wholes[0]! : joined(wholes)).buffer;
}

async function readShard(path: string, name: string, bytesMax: number): Promise<Uint8Array> {
  // Addresses and paths that lead elsewhere: a model is its folder and no more.
  const own = normalize(name);
  if (name === '' || leadsOut(own) || /[\0\\]|^[a-z][a-z0-9+.-]*:/i.test(name)) {
    const shown = JSON.stringify(name.slice(0, 200));
    throw badModelFile(path, `expected its weights in files beside it, not in ${shown}`);
  }
  const file = join(dirname(path), own);
  try {
    if ((await fileSize(file)) > bytesMax)
      throw new Error(`expected at most ${modelBytesMax} bytes of weights in all`);
    const real = await realpath(file);
    // A cache may keep both as links to files that lie together.
    const folders = [await realpath(dirname(path)), dirname(await realpath(path))];
    if (folders.every((folder) => leadsOut(relative(folder, real))))
      throw new Error('it is a link out of the folder of the model.json');
    return await readFile(real);
  } catch (cause) {
    throw badModelFile(path, `its weights in ${file} can't be read: ${messageOf(cause)}`, cause);
  }
}

/** Whether a normalized path leads out of the folder that it begins at. */
function leadsOut(path: string): boolean {
  return isAbsolute(path) || path === '..' || path.startsWith(`..${sep}`);
}

/** Whether the files of a group hold its weights, all of them and nothing else. */
function checkLength(
  path: string,
  paths: readonly string[],
  bytes: Uint8Array,
  weights: readonly WeightJson[],
): void {
  let needed = 0;
  for (const weight of weights) {
    needed += sizeOf(weight, bytes, needed);
    if (needed > bytes.byteLength) break;
  }
  if (needed === bytes.byteLength) return;
  const files = paths.length === 1 ? paths[0]! : `${paths.length} files from ${paths[0] ?? ''} on`;
  const amount = needed > bytes.byteLength ? 'at least ' : '';
  throw badModelFile(
    path,
    `expected ${amount}${needed} bytes of weights in ${files}, not ${bytes.byteLength}`,
  );
}

/** Bytes of a weight that begins at `at`. */
function sizeOf({ shape, dtype, quantization }: WeightJson, bytes: Uint8Array, at: number): number {
  const values = shape.reduce((product, side) => product * side, 1);
  if (dtype !== 'string') return values * bytesOf[quantization?.dtype ?? dtype];
  // Each text follows its length.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size = 0;
  for (let i = 0; i < values && at + size + 4 <= bytes.byteLength; i++)
    size += 4 + view.getUint32(at + size, true);
  return values === 0 || size > 0 ? size : Infinity;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}
