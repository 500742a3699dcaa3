import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { assetsOf, packageFolders } from '../../../deploy/scripts/package-files.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const config = ts.readConfigFile(join(root, 'tsconfig.build.json'), (path) =>
  readFileSync(path, 'utf8'),
).config as object;
const compiled = ts
  .parseJsonConfigFileContent(config, ts.sys, root)
  .fileNames.map((file) => relative(root, file));
const assets = assetsOf(root, packageFolders(root));
const isDevelopmentOnly = (file: string) =>
  /^pipeline\/laboratory\/(benchmarks|results)\//.test(file);

describe('the published package', () => {
  it('contains neither development benchmarks nor the charts of the documentation', () => {
    expect([...compiled, ...assets].filter(isDevelopmentOnly)).toEqual([]);
    for (const folder of ['benchmarks', 'results']) {
      expect(readdirSync(join(root, 'pipeline/laboratory', folder)).length).toBeGreaterThan(0);
    }
  });

  it('contains lifelens bench learning and its protocols', () => {
    expect(compiled).toContain('pipeline/laboratory/learning/bench-learning.ts');
    expect(compiled).toContain('pipeline/laboratory/protocols/protocol-registry.ts');
  });

  it('contains every module that its modules import', () => {
    const included = new Set(compiled);
    const missing = compiled.flatMap((file) =>
      ts
        .preProcessFile(readFileSync(join(root, file), 'utf8'))
        .importedFiles.map(({ fileName }) => fileName)
        .filter((name) => name.startsWith('.'))
        .map((name) => join(dirname(file), name))
        .filter((target) => target.endsWith('.ts') && !included.has(target)),
    );
    expect(missing).toEqual([]);
  });

  it('contains the dashboard page and worker entries, but not the launcher', () => {
    expect(assets).toContain('sinks/dashboard/page/index.html');
    expect(assets).toContain('operators/foundation/threads/worker-entry.js');
    expect(assets).not.toContain('pipeline/bin.js');
  });

  it('consists of dist/ and a few named files', () => {
    const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly files: readonly string[];
    };
    expect(files.filter((file) => !/\.\w+$/.test(file)).toSorted()).toEqual(['NOTICE', 'dist']);
  });
});
