import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly peer?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (file: string) => readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
const manifest = JSON.parse(await read('package.json')) as {
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};
const lock = JSON.parse(await read('package-lock.json')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const withScripts = Object.entries(lock.packages)
  .filter(([, { hasInstallScript }]) => hasInstallScript === true)
  .map(([path, locked]) => ({ name: path.replace(/^.*node_modules\//, ''), ...locked }));

describe('the package', () => {
  test('depends on nothing whose install script needs another host than the registry', () => {
    const installed = withScripts.filter(({ dev }) => dev !== true).map(({ name }) => name);
    // An advertisement, a check of the version range, and chmod.
    const harmless = /^(core-js|protobufjs|@ffmpeg-installer\/.+)$/;
    expect(installed.filter((name) => !harmless.test(name))).toEqual([]);
  });

  test('has an answer to every install script in the tree of a checkout', () => {
    const unanswered = withScripts.filter(({ name }) => !(name in manifest.allowScripts));
    expect(unanswered.map(({ name }) => name)).toEqual([]);
    expect(manifest.allowScripts['onnxruntime-node']).toBe(false);
  });

  test('is built by npm pack, whatever the settings of the user', async () => {
    const settings = (await read('.npmrc')).split('\n').filter((line) => !line.startsWith('#'));
    expect(settings).toContain('ignore-scripts=false');
    expect(settings).toContain('onnxruntime-node-install=skip');
  });

  test('names one version of the runtime that it copies and of its types', () => {
    const version = manifest.devDependencies['onnxruntime-node'];
    expect(version).toMatch(/^\d/);
    expect(manifest.dependencies['onnxruntime-common']).toBe(version);
    expect(lock.packages['node_modules/onnxruntime-node']?.version).toBe(version);
  });

  test('has the notices of the libraries in that runtime, of its version', async () => {
    const version = manifest.devDependencies['onnxruntime-node']!;
    const text = await read(`deploy/notices/onnxruntime-${version}.txt`);
    expect(text).toMatch(/^THIRD PARTY SOFTWARE NOTICES/);
    expect(text).toMatch(/\nprotocolbuffers\/protobuf\n/);
  });
});
