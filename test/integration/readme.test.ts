import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../pipeline/command-line/command-line.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = await readFile(join(root, 'README.md'), 'utf8');
const launcher = join(root, 'pipeline', 'bin.js');
const tsx = import.meta.resolve('tsx');
const run = promisify(execFile);

/** Contents of the README's fenced blocks in this language. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(
    ([, content]) => content ?? '',
  );
}

/** Lines of all command blocks, without comments; of `sh` and `text`, only `sh` is run here. */
function commands(...languages: string[]): string[][] {
  return languages
    .flatMap(blocks)
    .flatMap((block) => block.split('\n'))
    .flatMap((line) => line.replace(/\s#.*$/, '').split(' && '))
    .map((command) => command.trim().split(/\s+/))
    .filter(([program]) => program === 'npm' || program === 'npx');
}

let folder: string;
beforeAll(async () => {
  // A project as a user has it: lifelens and its dependencies in node_modules.
  folder = await mkdtemp(join(tmpdir(), 'lifelens-readme-'));
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, 'lifelens'), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const subpaths = ['index', 'sources', 'sinks', 'strategies', 'testing'];
  const exported = subpaths.map((name) => [name === 'index' ? '.' : `./${name}`, `./${name}.js`]);
  const manifest = { type: 'module', exports: Object.fromEntries(exported) };
  await writeFile(join(modules, 'lifelens', 'package.json'), JSON.stringify(manifest));
  for (const name of subpaths) {
    const library = pathToFileURL(join(root, 'pipeline', 'public', `${name}.ts`)).href;
    await writeFile(join(modules, 'lifelens', `${name}.js`), `export * from '${library}';`);
  }
  const require = createRequire(import.meta.url);
  for (const name of ['rxjs', 'ws']) {
    await symlink(dirname(require.resolve(`${name}/package.json`)), join(modules, name), 'dir');
  }
});
afterAll(() => rm(folder, { recursive: true }));

describe.concurrent('the README', () => {
  test('builds a custom pipeline in 15 lines that prints what every frame shows', async () => {
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
    const running = runnable.map(([, , ...argv]) =>
      run(process.execPath, [launcher, ...argv], { cwd: folder }),
    );
    await Promise.all(running);
    const report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as object;
    expect(report).toMatchObject({ captured: 30, detected: 30, dropped: {} });
    const detections = await readFile(join(folder, 'detections.jsonl'), 'utf8');
    expect(detections.trim().split('\n')).toHaveLength(30);
  }, 60_000);

  test('gives command lines that the program understands and scripts that there are', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const all = commands('sh', 'text');
    const nothing = () => Promise.resolve();
    for (const [program, word = '', ...rest] of all) {
      const own = program === 'npx' ? rest : word === 'start' ? ['run', ...rest.slice(1)] : null;
      if (own !== null && !own.includes('--help')) {
        const handlers = {
          run: nothing,
          teach: nothing,
          evaluate: nothing,
          benchLearning: nothing,
          print: nothing,
        };
        await expect(parseCommandLine(own, handlers, '0')).resolves.toBeUndefined();
      }
      const script = word === 'run' ? rest[0] : word;
      if (program === 'npm' && !['ci', 'rebuild'].includes(word)) {
        expect(Object.keys(scripts)).toContain(script);
      }
    }
    expect(all.length).toBeGreaterThan(10);
  });

  test('has a script that labels a box in the newest picture', async () => {
    const [script = ''] = blocks('js');
    await writeFile(join(folder, 'label.mjs'), script);
    const lifelens = spawn(process.execPath, [launcher, 'run', '--port', '0'], { cwd: folder });
    try {
      const url = await dashboardOf(lifelens);
      const socket = `${url.replace('http', 'ws')}ws`;
      let answer = '';
      // Until the first frame was seen there is no picture to label in.
      while (answer === '' || answer.includes('frame-gone')) {
        const labelling = run(process.execPath, ['label.mjs', socket, 'world'], { cwd: folder });
        answer = (await labelling).stdout;
      }
      expect(answer).toMatch(/id: '1',\s+ok: true,\s+labelId: 'l1',\s+samples: 1/);
    } finally {
      const ended = once(lifelens, 'exit');
      lifelens.kill('SIGINT');
      await ended;
    }
  }, 60_000);
});

/** Resolves with the address that lifelens logs. */
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
