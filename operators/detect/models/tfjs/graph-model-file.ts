import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { io } from '@tensorflow/tfjs-core';
import { codeOf } from '../../../foundation/errors/code-of.ts';
import { messageOf } from '../../../foundation/errors/message-of.ts';
import { fileSize } from '../../../foundation/files/file-size.ts';
import { badModelFile } from '../bad-model.ts';
import type { ModelFile } from '../open-detector.ts';
import { graphModelSchema, type GraphModelJson } from './graph-model-schema.ts';
import { graphPortsOf } from './graph-ports.ts';
import { readGraphMetadata } from './read-metadata.ts';
import { readWeights } from './read-weights.ts';

/** A TensorFlow.js GraphModel as read, with what it says about itself. */
export interface GraphModelFile extends ModelFile {
  /** Whole, for `loadGraphModel`. */
  readonly artifacts: io.ModelArtifacts;
}

/** Largest model.json, in bytes, without the weights. */
export const graphBytesMax = 64 * 2 ** 20;

/**
 * Reads a TensorFlow.js GraphModel: a model.json, the files of weights that it names, and what is
 * said about it. Rejects with an `EngineError` `bad-model` that says what is wrong: a file is
 * missing, too large, cut off, no GraphModel, or lies outside the folder.
 */
export async function readGraphModel(path: string): Promise<GraphModelFile> {
  const bytes = await readGraph(path);
  const json = parseGraph(path, bytes);
  const hash = createHash('sha256').update(bytes);
  const weightData = await readWeights(path, json.weightsManifest, hash);
  const digest = hash.digest('hex').slice(0, 12);
  const { modelTopology, weightsManifest, ...rest } = json;
  const { inputs, outputs } = graphPortsOf(json);
  return {
    path,
    hash: digest,
    // Every export is called model.json, and only its folder tells them apart.
    label: `${basename(dirname(resolve(path)))}/${basename(path)} ${digest}`,
    inputs,
    outputs,
    metadata: await readGraphMetadata(path, json.userDefinedMetadata),
    classes: null,
    artifacts: {
      ...(rest as Partial<io.ModelArtifacts>),
      modelTopology: { versions: {}, ...modelTopology },
      weightSpecs: weightsManifest.flatMap(({ weights }) => weights) as io.WeightsManifestEntry[],
      weightData,
    },
  };
}

async function readGraph(path: string): Promise<Uint8Array> {
  try {
    const size = await fileSize(path);
    if (size > graphBytesMax)
      throw new Error(`expected at most ${graphBytesMax} bytes, not ${size}`);
    return await readFile(path);
  } catch (cause) {
    const reason = codeOf(cause) === 'ENOENT' ? 'no such file' : messageOf(cause);
    throw badModelFile(path, `the GraphModel can't be read: ${reason}`, cause);
  }
}

function parseGraph(path: string, bytes: Uint8Array): GraphModelJson {
  const expected = 'expected the model.json of a TensorFlow.js GraphModel';
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw badModelFile(path, `${expected}: ${messageOf(cause)}`, cause);
  }
  const { format } = (typeof json === 'object' && json !== null ? json : {}) as {
    format?: unknown;
  };
  if (format === 'layers-model') {
    throw badModelFile(path, `${expected}, not a layers model: convert its SavedModel instead`);
  }
  const parsed = graphModelSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path: place, message } = parsed.error.issues[0]!;
  throw badModelFile(path, `${expected}: ${place.join('.')}: ${message}`, parsed.error);
}
