import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findOnnxRuntime } from '../../../../../operators/detect/engines/onnx/onnx-runtime.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lifelens-runtime-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Creates a folder that looks like onnxruntime-node, and returns it. */
function runtime(name: string, ...libraries: string[]): string {
  const root = join(folder, name);
  const bin = join(root, 'bin', 'napi-v6', process.platform, process.arch);
  mkdirSync(bin, { recursive: true });
  for (const library of libraries) writeFileSync(join(bin, library), '');
  writeFileSync(join(root, 'package.json'), '{}');
  return root;
}

describe('findOnnxRuntime', () => {
  it("prefers the package's own copy to an installed one of whatever version", () => {
    const own = runtime('own');
    expect(findOnnxRuntime(own, runtime('installed'))).toEqual({ folder: own, hasCuda: false });
  });

  it.runIf(process.platform === 'linux')('prefers an installed one that has CUDA', () => {
    const installed = runtime('installed', 'libonnxruntime_providers_cuda.so');
    expect(findOnnxRuntime(runtime('own'), installed)).toEqual({
      folder: installed,
      hasCuda: true,
    });
  });

  it('takes the installed one in a checkout, which has no copy', () => {
    const installed = runtime('installed');
    const found = findOnnxRuntime(join(folder, 'missing'), installed);
    expect(found).toEqual({ folder: installed, hasCuda: false });
  });

  it('finds none where there is none', () => {
    expect(findOnnxRuntime(join(folder, 'missing'), null)).toBeNull();
  });
});
