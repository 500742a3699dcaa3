import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import { ServiceFolder } from '../../../pipeline/laboratory/benchmarks/rig/service/service.ts';

let folder: ServiceFolder;
/** Files of the state of a program that has learned two classes and ended. */
let files: readonly string[];
const original = 'original';

beforeAll(async () => {
  folder = await ServiceFolder.create();
  const service = await folder.start({ state: original });
  await service.label('robot', 0);
  await service.label('guitar', 1);
  await service.knows(['robot', 'guitar']);
  await service.stop();
  files = filesIn(folder.at(original));
});
afterEach(() => folder.stopAll());
afterAll(() => folder.remove());

/** Files below a folder that hold anything. */
function filesIn(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const stats = statSync(join(path, name));
    return stats.isFile() && stats.size > 0;
  });
}

const damages: Readonly<Record<string, (path: string) => void>> = {
  truncated: (path) => writeFileSync(path, readFileSync(path).subarray(0, statSync(path).size / 2)),
  'changed in one byte': (path) => {
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 0xff;
    writeFileSync(path, bytes);
  },
  'filled with noise': (path) => writeFileSync(path, Buffer.alloc(statSync(path).size, 'noise')),
  removed: (path) => rmSync(path),
};

describe.each(Object.keys(damages))('a state of which a file is %s', (damage) => {
  it('opens, whichever file that is, and the program detects and learns', async () => {
    const failures: string[] = [];
    for (const [i, file] of files.entries()) {
      const state = `${damage.replaceAll(' ', '-')}-${i}`;
      cpSync(folder.at(original), folder.at(state), { recursive: true });
      damages[damage]!(join(folder.at(state), file));
      try {
        const service = await folder.start({ state });
        await service.label('lantern', 4);
        await service.knowsOf('lantern');
        await service.stop();
      } catch (error) {
        failures.push(`${file}: ${messageOf(error).slice(0, 500)}`);
        await folder.stopAll();
      }
    }
    expect(failures).toEqual([]);
  });
});

describe('a state', () => {
  it('of another learning strategy is learned anew, and the log says so', async () => {
    const state = 'strategy';
    cpSync(folder.at(original), folder.at(state), { recursive: true });
    const learn = { strategy: 'ncm', minLabels: 1, maxWaitMs: 0, coolDownMs: 0, heldOutShare: 0 };
    const service = await folder.start({ state, config: { learn } });
    await service.lifelens.logs(/strategy|tally|ncm/);
    await service.label('lantern', 4);
    await service.knows(['robot', 'guitar', 'lantern']);
    await service.stop();
  });

  it('loses the temporary files that an interrupted program has left in it', async () => {
    const state = 'leftovers';
    cpSync(folder.at(original), folder.at(state), { recursive: true });
    const [first] = files;
    for (const name of [`${first!}.12345.tmp`, 'memory.bin.99.tmp']) {
      writeFileSync(join(folder.at(state), name), 'half of a file');
    }
    const service = await folder.start({ state });
    await service.label('lantern', 4);
    await service.knowsOf('lantern');
    await service.stop();
    expect(filesIn(folder.at(state)).filter((name) => name.includes('.tmp'))).toEqual([]);
  });
});
