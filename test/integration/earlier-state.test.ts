import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunReport } from '../../pipeline/application/metrics/run-report.ts';
import { Lifelens } from '../../pipeline/laboratory/benchmarks/rig/lifelens-process.ts';

const fixtures = new URL('fixtures/state-0.1.0/', import.meta.url);
/** Classes that the samples of the fixtures are labelled with, or that live objects teach. */
const continued = [
  // Its only label came after the last update of the version that wrote it.
  { strategy: 'tally', classes: ['boat'], messages: [] },
  {
    strategy: 'ncm',
    classes: ['boat', 'laptop'],
    // It standardises values since, of which the earlier sums do not know the deviations.
    messages: [
      "the learner's state is left out, it learns anew: Not a usable ncm state: it has version 2, this program reads version 3",
    ],
  },
] as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-state-'));
  await cp(fixtures, folder, { recursive: true });
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.gz')) continue;
    const path = join(folder, name);
    await writeFile(path.slice(0, -'.gz'.length), gunzipSync(await readFile(path)));
    await rm(path);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a state folder written by lifelens 0.1.0', () => {
  it.each(continued)('of the $strategy strategy is taken over', async (state) => {
    const { strategy, classes, messages } = state;
    const at = (file: string): string => join(folder, strategy, file);
    const old = await readFile(at('memory.bin'));
    const config = join(folder, `${strategy}.yaml`);
    await writeFile(config, `learn:\n  strategy: ${strategy}\n`);
    const lifelens = new Lifelens(
      [
        ...['run', '--config', config, '--source', 'world', '--fast', '--no-dashboard'],
        // WebAssembly rounds identically on every processor; native kernels do not.
        ...['--engine', 'tfjs', '--frames', '120', '--seed', '2', '--log-level', 'warn'],
        ...['--state', join(folder, strategy), '--report', at('report.json')],
      ],
      { cwd: folder },
    );
    expect(await lifelens.ended).toMatchObject({
      code: 0,
      errorLines: [],
      logMessages: messages,
    });
    const report = JSON.parse(await readFile(at('report.json'), 'utf8')) as RunReport;
    expect([...report.learnedClasses].sort()).toEqual(classes);
    expect(report.memoryBytes).toBeGreaterThan(old.length);
    expect(await readFile(at('migrated-1/memory.bin'))).toEqual(old);
  });
});
