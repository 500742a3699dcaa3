import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// Run by `npm run build` and before packing: dist/ is what an installed package runs.
const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(root, 'dist');
const folders = ['pipeline', 'operators', 'sinks'];
/** Files that are no TypeScript but are read at run time. */
const asset = /\.(js|html|css|svg|json)$/;
/** A file addressed relative to the source, such as a worker's entry; tsc leaves these as they are. */
const relativeUrl = /new URL\((['"])(\.{1,2}\/[^'"]*)\1,\s*import\.meta\.url\)/g;

await rm(dist, { recursive: true, force: true });
const require = createRequire(import.meta.url);
const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
const compiling = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
});
if (compiling.status !== 0) process.exit(1);

let assets = 0;
for (const folder of folders) {
  for await (const file of filesUnder(join(root, folder))) {
    // The launcher stays outside: it decides between dist/ and the sources.
    if (!asset.test(file) || file === join(root, 'pipeline', 'bin.js')) continue;
    await cp(file, join(dist, relative(root, file)));
    assets++;
  }
}

// The program reads its version from beside its folder, in dist/ as in a checkout.
await cp(join(root, 'package.json'), join(dist, 'package.json'));

const broken: string[] = [];
for await (const file of filesUnder(dist)) {
  if (!file.endsWith('.js')) continue;
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
  console.error(`dist/ lacks files that its code addresses:\n  ${broken.join('\n  ')}`);
  process.exit(1);
}
console.log(`dist/ compiled, with ${assets} files beside the code`);

async function* filesUnder(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else yield path;
  }
}
