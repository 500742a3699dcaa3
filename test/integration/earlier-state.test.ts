import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lifelens } from '../../pipeline/laboratory/benchmarks/rig/lifelens-process.ts';

const fixtures = new URL('fixtures/state-0.1.0/', import.meta.url);
/** Results of the version that wrote the fixtures, after 120 more frames with seed 2. */
const continued = [
  {
    strategy: 'tally',
    report: {
      headHash: '90d599442fa5c92c573464d213373a43ad7d5605dc63e5fc8102dbf511ff91a2',
      headVersion: 0,
      learnedClasses: [],
      swaps: 0,
      memoryBytes: 157_744,
    },
    detections: '9838f94c4b965dae6d2cc1f48ea05f44399face173c0a5c378f8c6b309ef09dc',
    learner: '588c13bb0a6f84a540579176821727a4491a34123d31050ba37c3a5f6413c05d',
    memory: 'd67442535b452bd400f01654040de6136ef7790340eaa4cb7491af02c58d4bd8',
  },
  {
    strategy: 'ncm',
    report: {
      headHash: '06844be80ae132170f032c3c8fdee34c9d87613ffcf61086cb47bab57f09b66d',
      headVersion: 3,
      learnedClasses: ['boat', 'laptop'],
      swaps: 2,
      memoryBytes: 293_828,
    },
    detections: '1778df6cab592ca945f82f606e1386b25cd837e5f7a7906adf8c5f6e7927d942',
    learner: '9f7b130949b89b784212a05c600e3135d68838407dfec01bb218b53a1bd65cc5',
    memory: '57596a955dc1f50ae7db41361509a0b69df5a6d63d6ae26dbb970b8f671cbd6d',
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
  it.each(continued)(
    'of the $strategy strategy continues with bit-identical results',
    async (expected) => {
      const { strategy } = expected;
      const at = (file: string): string => join(folder, strategy, file);
      const config = join(folder, `${strategy}.yaml`);
      await writeFile(config, `learn:\n  strategy: ${strategy}\n`);
      const lifelens = new Lifelens(
        [
          ...['run', '--config', config, '--source', 'world', '--fast', '--no-dashboard'],
          // WebAssembly rounds identically on every processor; native kernels do not.
          ...['--engine', 'tfjs', '--frames', '120', '--seed', '2', '--log-level', 'error'],
          ...['--state', join(folder, strategy), '--detections', at('detections.jsonl')],
          ...['--report', at('report.json')],
        ],
        { cwd: folder },
      );
      expect(await lifelens.ended).toMatchObject({ code: 0, errorLines: [], logMessages: [] });
      expect(JSON.parse(await readFile(at('report.json'), 'utf8'))).toMatchObject(expected.report);
      expect(await sha256Of(at('detections.jsonl'))).toBe(expected.detections);
      expect(await sha256Of(at('learner.bin'))).toBe(expected.learner);
      expect(await sha256Of(at('memory.bin'))).toBe(expected.memory);
    },
  );
});

async function sha256Of(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
