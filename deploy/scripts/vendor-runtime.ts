import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Third-party notices of the runtime by version: its npm package has none, that of Python does. */
const notices = fileURLToPath(new URL('../notices/', import.meta.url));

/** What the CPU provider does not load: DirectML and its compilers, and a second copy on macOS. */
const unused = /^(DirectML|dxil|dxcompiler)\.dll$|^libonnxruntime\.\d+\.\d+\.\d+\.dylib$/;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly main: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/**
 * Copies the installed onnxruntime-node into the folder `target`: its code and the libraries of the
 * CPU provider for every platform that it has, without its install script. Nothing else in npm's
 * reach has this runtime without one; see docs/decisions/0030-vendored-runtime.md. The notices of
 * the libraries in it are put beside it.
 *
 * Returns the platforms. Rejects if the installed one is incomplete, or if there are no notices of
 * its version, so that no package lacks them.
 */
export async function vendorRuntime(target: string): Promise<string[]> {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  const source = dirname(dirname(entry));
  const { name, version, license, main, dependencies } = JSON.parse(
    await readFile(join(source, 'package.json'), 'utf8'),
  ) as Manifest;
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const file of await readdir(join(source, 'dist'))) {
    if (file.endsWith('.js')) await cp(join(source, 'dist', file), join(target, 'dist', file));
  }
  const platforms = await copyLibraries(join(source, 'bin'), join(target, 'bin'));
  const common = { 'onnxruntime-common': dependencies['onnxruntime-common'] };
  const manifest = { name, version, license, main, private: true, dependencies: common };
  await cp(join(notices, `onnxruntime-${version}.txt`), join(target, 'ThirdPartyNotices.txt'));
  await writeFile(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return platforms;
}

async function copyLibraries(from: string, to: string): Promise<string[]> {
  const platforms = new Set<string>();
  for (const path of await readdir(from, { recursive: true })) {
    const name = basename(path);
    // Providers for GPUs are there only if somebody fetched them.
    if (unused.test(name) || name.includes('_providers_')) continue;
    if (!(await stat(join(from, path))).isFile()) continue;
    const folder = dirname(path);
    await cp(join(from, path), join(to, path));
    const [, platform = '', processor = ''] = folder.split(/[/\\]/);
    platforms.add(`${platform}/${processor}`);
  }
  if (!platforms.has('linux/x64')) throw new Error(`${from} has no runtime for linux/x64`);
  return [...platforms].sort();
}
