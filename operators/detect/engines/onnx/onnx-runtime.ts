import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNative } from '../../../foundation/threads/native-guard.ts';
import { guardBinding } from './guard-binding.ts';
import type * as ort from 'onnxruntime-common';

/** The API of onnxruntime-node. */
export type OnnxRuntime = typeof ort;

/** A copy of onnxruntime-node on disk. */
export interface OnnxRuntimeFiles {
  /** Its folder, with `package.json`, `dist` and `bin`. */
  readonly folder: string;
  /** Whether the CUDA provider's library lies beside the runtime's. */
  readonly hasCuda: boolean;
}

/** The build's copy in the package: npm cannot install onnxruntime-node everywhere. */
const packaged = fileURLToPath(new URL('../../../../vendor/onnxruntime-node/', import.meta.url));

/**
 * Finds the onnxruntime-node to load: an installed one if it has CUDA, else the package's own copy,
 * which a checkout does not have, else the installed one. Null if there is none.
 *
 * @param own Folder of the package's copy.
 * @param installed Folder of the installed package, or null. Default: resolved from this file.
 */
export function findOnnxRuntime(
  own: string = packaged,
  installed: string | null = installedFolder(),
): OnnxRuntimeFiles | null {
  const found = installed === null ? null : { folder: installed, hasCuda: hasCudaFiles(installed) };
  if (found?.hasCuda === true) return found;
  if (existsSync(join(own, 'package.json'))) return { folder: own, hasCuda: hasCudaFiles(own) };
  return found;
}

/** Folders of runtimes that were loaded. */
const guarded = new Set<string>();

/**
 * Loads the runtime, so that a thread may be ended whatever it does; see {@link guardBinding}.
 * Throws Node's own error if its native library does not load.
 */
export function loadOnnxRuntime({ folder }: OnnxRuntimeFiles): OnnxRuntime {
  const runtime = runNative(() => createRequire(import.meta.url)(folder) as OnnxRuntime);
  if (!guarded.has(folder)) guardBinding(folder);
  guarded.add(folder);
  return runtime;
}

function installedFolder(): string | null {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')));
  } catch {
    return null;
  }
}

/** Looks for the files, because the runtime lists CUDA without them and then prints an error. */
function hasCudaFiles(folder: string): boolean {
  const file = {
    linux: 'libonnxruntime_providers_cuda.so',
    win32: 'onnxruntime_providers_cuda.dll',
  }[process.platform as string];
  const bin = join(folder, 'bin');
  if (file === undefined || !existsSync(bin)) return false;
  return readdirSync(bin).some((abi) =>
    existsSync(join(bin, abi, process.platform, process.arch, file)),
  );
}
