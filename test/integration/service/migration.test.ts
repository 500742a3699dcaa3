import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ServiceFolder } from '../../../pipeline/laboratory/benchmarks/rig/service/service.ts';

const fixtures = new URL('../fixtures/state-0.1.0/', import.meta.url);
/** The configuration under which the fixture was written. */
const config = {
  learn: { strategy: 'ncm', minLabels: 1, maxWaitMs: 0, coolDownMs: 0, heldOutShare: 0 },
};

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create();
});
afterEach(() => folder.stopAll());
afterAll(() => folder.remove());

/** Copies the fixture into a new state folder; returns its files. */
function unpack(state: string): ReadonlyMap<string, Buffer> {
  const path = folder.at(state);
  cpSync(new URL('ncm/', fixtures), path, { recursive: true });
  const files = new Map<string, Buffer>();
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' })) {
    const packed = join(path, name);
    if (!statSync(packed).isFile()) continue;
    const bytes = readFileSync(packed);
    if (!packed.endsWith('.gz')) {
      files.set(packed.slice(path.length + 1), bytes);
      continue;
    }
    const plain = gunzipSync(bytes);
    writeFileSync(packed.slice(0, -'.gz'.length), plain);
    rmSync(packed);
    files.set(packed.slice(path.length + 1, -'.gz'.length), plain);
  }
  return files;
}

describe('a state folder that an earlier version wrote', () => {
  it('is taken over once, and its files are kept', async () => {
    const state = 'taken-over';
    const old = unpack(state);
    const first = await folder.start({ state, config });
    const known = [...first.classes];
    expect(known.length).toBeGreaterThan(0);
    const drawn = await first.label('robot', 0);
    await first.knows([...known, 'robot']);
    await first.accepted({ command: 'undo', labelId: drawn.labelId! });
    await first.knows(known);
    await first.stop();

    const second = await folder.start({ state, config });
    await second.label('guitar', 1);
    await second.knows([...known, 'guitar']);
    await second.stop();

    const top = readdirSync(folder.at(state));
    const kept = top.filter((name) => name.startsWith('migrated-'));
    expect(kept).toHaveLength(1);
    for (const [name, bytes] of old) {
      expect(readFileSync(join(folder.at(state), kept[0]!, name)).equals(bytes), name).toBe(true);
    }
    expect(top).not.toContain('learner.bin');
  });

  it('of which a file is damaged is taken over with the rest', async () => {
    const failures: string[] = [];
    const damaged = ['learner.bin', 'memory.bin', 'heads/active', 'heads/head-000001.json'];
    for (const [i, name] of damaged.entries()) {
      const state = `damaged-${i}`;
      const bytes = Buffer.from(unpack(state).get(name)!);
      bytes[bytes.length >> 1]! ^= 0xff;
      writeFileSync(join(folder.at(state), name), bytes);
      try {
        const service = await folder.start({ state, config });
        await service.label('robot', 0);
        await service.knowsOf('robot');
        await service.stop();
      } catch (error) {
        failures.push(`${name}: ${String(error).slice(0, 300)}`);
        await folder.stopAll();
      }
    }
    expect(failures).toEqual([]);
  });
});
