import { firstLine } from '../../../foundation/errors/message-of.ts';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import util from 'node:util';
import { EngineError } from '../engine-error.ts';
import type { TfjsCore } from './tfjs-model.ts';

/** A started TensorFlow.js backend, and why the faster ones did not start. */
export interface TfjsBackend {
  readonly core: TfjsCore;
  /** `tensorflow-gpu`, `tensorflow` or `wasm`. */
  readonly provider: string;
  readonly version: string;
  /** One short line per faster backend that did not start, and for a GPU that was not found. */
  readonly refused: readonly string[];
}

/**
 * Starts the fastest TensorFlow.js backend that loads here: `@tensorflow/tfjs-node-gpu`, then
 * `@tensorflow/tfjs-node` (libtensorflow, both optional), then WebAssembly with SIMD.
 *
 * `only: 'wasm'` skips the first two. Rejects with an {@link EngineError} if none loads.
 *
 * @param project Folder of the project that the first two are installed in. Default: wherever Node
 *   finds them from lifelens, which is beside it.
 */
export async function startTfjsBackend(only?: 'wasm', project?: string): Promise<TfjsBackend> {
  const refused: string[] = [];
  const candidates = only === 'wasm' ? [] : native;
  for (const { provider, module } of candidates) {
    try {
      const { core, usesGpu } = await startNative(module, project);
      if (provider === 'tensorflow-gpu' && !usesGpu) {
        refused.push('a GPU: libtensorflow finds none and computes on the CPU');
      }
      return { core, provider, version: core.version_core, refused };
    } catch (error) {
      refused.push(`${module}: ${firstLine(error)}`);
    }
  }
  try {
    return { ...(await startWasm()), refused };
  } catch (cause) {
    refused.push(`@tensorflow/tfjs-backend-wasm: ${firstLine(cause)}`);
    throw new EngineError('unavailable', `no TensorFlow.js backend loads: ${refused.join('; ')}`, {
      cause,
    });
  }
}

const native = [
  { provider: 'tensorflow-gpu', module: '@tensorflow/tfjs-node-gpu' },
  { provider: 'tensorflow', module: '@tensorflow/tfjs-node' },
];

async function startNative(
  module: string,
  project: string | undefined,
): Promise<{ core: TfjsCore; usesGpu: boolean }> {
  // Version 4.22 calls this function for every operation, and Node 23 removed it.
  if (!('isNullOrUndefined' in util)) {
    Object.assign(util, {
      isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    });
  }
  // In a variable, because an optional module may be missing and then has no types.
  const location =
    project === undefined
      ? module
      : pathToFileURL(createRequire(join(project, 'package.json')).resolve(module)).href;
  await import(location);
  // A second copy of the core beside that module is no harm: copies share one engine by a global.
  const core = await import('@tensorflow/tfjs-core');
  if (!(await core.setBackend('tensorflow'))) throw new Error('the backend did not start');
  // A backend can start and fail at the first operation, which would be the first frame's.
  core.tidy(() => core.add(1, 1).dataSync());
  const { isUsingGpuDevice } = core.backend() as { isUsingGpuDevice?: boolean };
  return { core, usesGpu: isUsingGpuDevice === true };
}

async function startWasm(): Promise<Omit<TfjsBackend, 'refused'>> {
  const core = await import('@tensorflow/tfjs-core');
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  // Its threads start from a blob URL, which Node's workers do not support.
  core.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  wasm.setWasmPaths(dirname(main) + sep);
  if (!(await core.setBackend('wasm'))) {
    throw new Error(`the WebAssembly files in ${join(dirname(main))} did not start`);
  }
  return { core, provider: 'wasm', version: core.version_core };
}
