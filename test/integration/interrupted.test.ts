import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRecordStore } from '../../operators/foundation/store/open-record-store.ts';
import type { StoredRecord } from '../../operators/foundation/store/record-store.ts';
import { drawPictures, writeYolo } from '../../pipeline/laboratory/benchmarks/rig/draw-set.ts';
import { Lifelens } from '../../pipeline/laboratory/benchmarks/rig/lifelens-process.ts';
import { storePath } from '../../pipeline/state/store-path.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-interrupted-'));
  const robots = await drawPictures(at('set'), { emoji: '1f916', count: 40, seed: 1 });
  await writeYolo(at('set'), robots, 'robot');
  await drawPictures(at('photos/robot'), { emoji: '1f916', count: 20, seed: 2 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const teach = ['teach', '--train', 'yolo:set', '--state', 'state'];
const evaluate = ['eval', '--test', 'yolo:set'];
const bench = [
  ...['bench', 'learning', '--train', 'yolo:set', '--test', 'yolo:set'],
  ...['--protocol', 'all', '--cache', 'cache'],
];

it.each([
  ['SIGINT', 'teach', 130, teach],
  ['SIGTERM', 'teach', 143, teach],
  ['SIGINT', 'eval', 130, evaluate],
  ['SIGINT', 'check', 130, ['check', 'photos:photos', '--log-level', 'debug']],
  ['SIGTERM', 'bench learning', 143, bench],
] as const)(
  '%s during %s gives exit code %i, a one-line message and no report',
  async (signal, command, exitCode, argv) => {
    const lifelens = new Lifelens([...argv, '--report', 'report.json'], { cwd: folder });
    await lifelens.logs(/./);
    const { code, errorLines, stdout, orphans } = await lifelens.stop(signal);
    expect({ code, errorLines }).toEqual({ code: exitCode, errorLines: ['lifelens: interrupted'] });
    expect({ stdout, orphans }).toEqual({ stdout: '', orphans: [] });
    expect(await readdir(folder)).not.toContain('report.json');
    if (command === 'teach') expect(await storedIn(at('state'))).toEqual([]);
  },
);

/** Journal entries and heads of a state folder. */
async function storedIn(state: string): Promise<readonly StoredRecord[]> {
  const store = await openRecordStore(storePath(state));
  try {
    return [...(await store.list('journal')), ...(await store.list('head'))];
  } finally {
    await store.close();
  }
}
