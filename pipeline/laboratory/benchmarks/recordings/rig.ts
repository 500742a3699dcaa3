import { join } from 'node:path';
import type { Dataset } from '../../../../operators/datasets/dataset.ts';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { chooseEngine } from '../../../../operators/detect/engines/choose-engine.ts';
import type { Engine } from '../../../../operators/detect/engines/engine.ts';
import { naturalOrder } from '../../../../operators/foundation/files/natural-order.ts';
import { configFromFlags } from '../../../configuration/config-flags.ts';
import { allThreads, modelsOf, viewsOf } from '../../../configuration/engine-settings.ts';
import { createBenchStrategy } from '../../learning/ablations.ts';
import { BenchLearner } from '../../learning/bench-learner.ts';
import { BackboneCache } from '../../learning/cache/backbone-cache.ts';
import { CachedPredictor } from '../../learning/cache/cached-predictor.ts';
import { prepareSets, type SetPair } from '../learning-table/table-sets.ts';

/** What recordings are learned and judged with. */
export interface Rig {
  readonly engine: Engine;
  readonly cache: BackboneCache;
  readonly predictor: CachedPredictor;
  readonly signal: AbortSignal;
}

/** Settings of a rig. */
export interface RigOptions {
  /** Folder of the cache of backbone outputs. */
  readonly cache: string;
  /** An encoder of crops in a file; undefined: the built-in one. */
  readonly encoder: string | undefined;
  readonly print: (line: string) => void;
}

/** Opens the engine with its cache, and closes it once `use` has ended. */
export async function withRig<T>(
  { cache: folder, encoder, print }: RigOptions,
  use: (rig: Rig) => Promise<T>,
): Promise<T> {
  const given = { dashboard: false, ...(encoder === undefined ? {} : { encoder }) };
  const { detect } = await configFromFlags(given, process.env);
  const models = modelsOf(detect);
  const options = { threads: allThreads(detect), models, viewSize: viewsOf(detect) };
  const { engine, reason } = await chooseEngine(detect.engine, options);
  print(reason);
  try {
    const { signal } = new AbortController();
    const cache = await BackboneCache.open(folder, engine, engine.viewSize);
    return await use({ engine, cache, predictor: new CachedPredictor(cache), signal });
  } finally {
    await engine.close();
  }
}

/** A learner that has learned nothing yet. */
export function createLearner({ engine, cache, signal }: Rig, strategy: string): BenchLearner {
  return new BenchLearner({
    strategy: createBenchStrategy(strategy, { seed: 1, embedding: engine.embedding }),
    memory: null,
    examplesOf: cache.examples.bind(cache),
    signal,
  });
}

/** Reads a set, its pictures in the order of their names. */
export async function inOrder(spec: string): Promise<Dataset> {
  const set = await readDataset(spec);
  return { ...set, images: set.images.toSorted((a, b) => naturalOrder(a.id, b.id)) };
}

/**
 * The recordings, one half learned and the other judged, then back; for `--smoke` what `draw` draws
 * into a folder.
 *
 * @throws without `--data`.
 */
export async function recordingPairs(
  { data, smoke }: { readonly data?: string | undefined; readonly smoke: boolean },
  scratch: string,
  draw: (folder: string) => Promise<SetPair>,
): Promise<readonly SetPair[]> {
  if (smoke) return [await draw(join(scratch, 'drawn'))];
  if (data === undefined) throw new Error('expected --data DIR');
  const sets = await prepareSets(['fod-a-video', 'fod-a-video-back'], data, scratch);
  return [...sets.values()];
}
