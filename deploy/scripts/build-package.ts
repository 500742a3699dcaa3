import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assetsOf, packageFolders } from './package-files.ts';
import { vendorRuntime } from './vendor-runtime.ts';

// Run by `npm run build` and before packing: compiles dist/, which an installed package runs.
const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(root, 'dist');
/**
 * A file addressed relative to the source, such as a worker's entry; tsc does not rewrite these.
 */
const relativeUrl = /new URL\((['"])(\.{1,2}\/[^'"]*)\1,\s*import\.meta\.url\)/g;

await rm(dist, { recursive: true, force: true });
const require = createRequire(import.meta.url);
const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
const compiling = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
});
if (compiling.status !== 0) process.exit(1);

const assets = assetsOf(root, packageFolders(root));
for (const file of assets) await cp(join(root, file), join(dist, file));
// The program reads its version from the parent of its folder, in dist/ as in a checkout.
await cp(join(root, 'package.json'), join(dist, 'package.json'));
const platforms = await vendorRuntime(join(dist, 'vendor', 'onnxruntime-node'));

const broken: string[] = [];
for (const name of await readdir(dist, { recursive: true })) {
  if (!name.endsWith('.js') || name.startsWith('vendor')) continue;
  const file = join(dist, name);
  const text = await readFile(file, 'utf8');
  const rewritten = text.replace(relativeUrl, (whole, quote: string, path: string) => {
    const compiled = path.replace(/\.ts$/, '.js');
    if (!existsSync(resolve(dirname(file), compiled))) {
      broken.push(`${relative(dist, file)} → ${path}`);
    }
    return whole.replace(`${quote}${path}${quote}`, `${quote}${compiled}${quote}`);
  });
  if (rewritten !== text) await writeFile(file, rewritten);
}
if (broken.length > 0) {
  console.error(`dist/ lacks files that its code refers to:\n  ${broken.join('\n  ')}`);
  process.exit(1);
}
console.log(
  `dist/ compiled, with ${assets.length} other files and the ONNX Runtime of ${platforms.join(', ')}`,
);
