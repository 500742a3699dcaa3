import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as core from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTfjsBackend } from '../../../../../operators/detect/engines/tfjs/tfjs-backend.ts';

let project: string;

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'lifelens-tfjs-'));
});
afterEach(async () => {
  if (core.engine().registryFactory['tensorflow'] !== undefined) core.removeBackend('tensorflow');
  await rm(project, { recursive: true, force: true });
});

/** Installs a module in the project that stands for @tensorflow/tfjs-node-gpu. */
async function install(source: string): Promise<void> {
  const folder = join(project, 'node_modules/@tensorflow/tfjs-node-gpu');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "main": "index.js" }');
  const path = createRequire(import.meta.url).resolve('@tensorflow/tfjs-core');
  await writeFile(
    join(folder, 'index.js'),
    `const core = require(${JSON.stringify(path)});\n${source}`,
  );
}

describe('startTfjsBackend', () => {
  it('falls back to WebAssembly and says which packages the project lacks', async () => {
    const { provider, refused } = await startTfjsBackend(undefined, project);
    expect(provider).toBe('wasm');
    expect(refused).toEqual([
      "@tensorflow/tfjs-node-gpu: Cannot find module '@tensorflow/tfjs-node-gpu'",
      "@tensorflow/tfjs-node: Cannot find module '@tensorflow/tfjs-node'",
    ]);
  });

  it('names the binding that does not load', async () => {
    await install("throw new Error('wrong ELF class\\nand a long trace');");
    const { provider, refused } = await startTfjsBackend(undefined, project);
    expect(provider).toBe('wasm');
    expect(refused[0]).toBe('@tensorflow/tfjs-node-gpu: wrong ELF class');
  });

  it('refuses a backend that starts and fails at the first operation', async () => {
    await install(`
      class Backend extends core.KernelBackend { dispose() {} }
      core.registerBackend('tensorflow', () => new Backend());`);
    const { provider, refused } = await startTfjsBackend(undefined, project);
    expect(provider).toBe('wasm');
    expect(refused[0]).toMatch(/^@tensorflow\/tfjs-node-gpu: .*not yet implemented/);
  });

  it('ignores them if WebAssembly is requested', async () => {
    await install("throw new Error('loaded');");
    expect(await startTfjsBackend('wasm', project)).toMatchObject({
      provider: 'wasm',
      refused: [],
    });
  });
});
