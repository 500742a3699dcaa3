import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../pipeline/command-line/command-line.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = await readFile(join(root, 'README.md'), 'utf8');
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
};
const launcher = join(root, 'pipeline', 'bin.js');
const tsx = import.meta.resolve('tsx');
const run = promisify(execFile);

/** Contents of the README's fenced blocks in a language, at any indentation. */
function blocks(language: string): string[] {
  const fenced = new RegExp(`^ *\`\`\`${language}\\b[^\\n]*\\n(.*?)^ *\`\`\`$`, 'gms');
  return [...readme.matchAll(fenced)].map(([, content]) => content ?? '');
}

/**
 * The npm and npx commands of the README, as words without comments. Blocks in `sh` can be run
 * anywhere; those in `text` need files or devices.
 */
function commands(...languages: ('sh' | 'text')[]): string[][] {
  return languages
    .flatMap(blocks)
    .flatMap((block) => block.replaceAll(/\\\n\s*/g, '').split('\n'))
    .flatMap((line) => line.replace(/\s#.*$/, '').split(' && '))
    .map((command) => command.trim().split(/\s+/))
    .filter(([program]) => program === 'npm' || program === 'npx');
}

let folder: string;
beforeAll(async () => {
  // A project as a user has it: lifelens, compiled on import, and its dependencies in node_modules.
  folder = await mkdtemp(join(tmpdir(), 'lifelens-readme-'));
  const modules = join(folder, 'node_modules');
  await mkdir(modules);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await installSources(join(modules, 'lifelens'));
  const require = createRequire(import.meta.url);
  for (const name of ['rxjs', 'ws']) {
    await symlink(dirname(require.resolve(`${name}/package.json`)), join(modules, name), 'dir');
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** Creates a package with the entry points of lifelens, each of which exports its source. */
async function installSources(target: string): Promise<void> {
  const exports: Record<string, string> = {};
  await mkdir(target);
  for (const [subpath, entry] of Object.entries(manifest.exports)) {
    if (typeof entry === 'string') continue;
    const name = basename(entry.default);
    const source = entry.default.replace('./dist/', '').replace(/\.js$/, '.ts');
    exports[subpath] = `./${name}`;
    await writeFile(
      join(target, name),
      `export * from '${pathToFileURL(join(root, source)).href}';`,
    );
  }
  await writeFile(join(target, 'package.json'), JSON.stringify({ type: 'module', exports }));
}

describe.concurrent('the README', () => {
  test('builds a pipeline in at most 15 lines that prints the objects of every frame', async () => {
    const [example = ''] = blocks('ts');
    expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
    await writeFile(join(folder, 'example.ts'), example);
    const { stdout } = await run(process.execPath, ['--import', tsx, 'example.ts'], {
      cwd: folder,
    });
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => Number.parseInt(line))).toEqual([...Array(30).keys()]);
    expect(lines.at(-1)).toMatch(/^29 (\w+ \d+)+/);
  }, 60_000);

  test('gives commands that print help and run the simulated camera', async () => {
    const runnable = commands('sh').filter(([program]) => program === 'npx');
    expect(runnable.length).toBeGreaterThanOrEqual(3);
    expect(runnable.every(([, name]) => name === 'lifelens')).toBe(true);
    const runs = runnable.map(([, , ...argv]) =>
      run(process.execPath, [launcher, ...argv], { cwd: folder }),
    );
    await Promise.all(runs);
    const report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as object;
    expect(report).toMatchObject({ captured: 30, detected: 30, dropped: {} });
    const detections = await readFile(join(folder, 'detections.jsonl'), 'utf8');
    expect(detections.trim().split('\n')).toHaveLength(30);
  }, 60_000);

  test('gives command lines that the program accepts and scripts that exist', async () => {
    const documented = commands('sh', 'text');
    const ignore = () => Promise.resolve();
    for (const [program, word = '', ...rest] of documented) {
      const argv = program === 'npx' ? rest : word === 'start' ? ['run', ...rest.slice(1)] : null;
      if (argv !== null && !argv.includes('--help')) {
        const handlers = {
          run: ignore,
          teach: ignore,
          evaluate: ignore,
          check: ignore,
          doctor: ignore,
          benchLearning: ignore,
          backup: ignore,
          restore: ignore,
          print: ignore,
        };
        await expect(parseCommandLine(argv, handlers, '0')).resolves.toBeUndefined();
      }
      const script = word === 'run' ? rest[0] : word;
      if (program === 'npm' && !['ci', 'install', 'pack'].includes(word)) {
        expect(Object.keys(manifest.scripts)).toContain(script);
      }
    }
    expect(documented.length).toBeGreaterThan(10);
  });

  test('has a script that labels a box in the newest picture', async () => {
    const [script = ''] = blocks('js');
    await writeFile(join(folder, 'label.mjs'), script);
    const lifelens = spawn(process.execPath, [launcher, 'run', '--port', '0'], { cwd: folder });
    try {
      const url = await dashboardOf(lifelens);
      const socket = `${url.replace('http', 'ws')}ws`;
      let answer = '';
      // Before the first detected frame there is no picture to label in.
      while (answer === '' || answer.includes('frame-gone')) {
        const labelling = run(process.execPath, ['label.mjs', socket, 'world'], { cwd: folder });
        answer = (await labelling).stdout;
      }
      expect(answer).toMatch(/id: '1',\s+ok: true,\s+labelId: 'l2',\s+samples: 1/);
    } finally {
      const ended = once(lifelens, 'exit');
      lifelens.kill('SIGINT');
      await ended;
    }
  }, 60_000);
});

/** Resolves with the dashboard address in the log. */
function dashboardOf(lifelens: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    const read = (text: Buffer): void => {
      log += text.toString();
      const found = /dashboard at (http:\/\/\S+?\/)/.exec(log);
      if (found?.[1] !== undefined) resolve(found[1]);
    };
    lifelens.stdout?.on('data', read);
    lifelens.stderr?.on('data', read);
    lifelens.once('exit', () => reject(new Error(`lifelens ended: ${log}`)));
  });
}
