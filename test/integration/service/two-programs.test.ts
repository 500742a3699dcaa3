import { execFileSync } from 'node:child_process';
import { readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../../pipeline/laboratory/benchmarks/rig/client.ts';
import type { Lifelens } from '../../../pipeline/laboratory/benchmarks/rig/lifelens-process.ts';
import { ServiceFolder } from '../../../pipeline/laboratory/benchmarks/rig/service/service.ts';
import { stillLifeBoxes } from '../../../pipeline/laboratory/benchmarks/rig/service/still-life.ts';

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create();
});
afterEach(() => folder.stopAll());
afterAll(() => folder.remove());

/** Runs a program in its own PID namespace, as a container does, with the host's name. */
const contained = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--mount-proc'];
/** Likewise, under another host name. */
const elsewhere = [
  ...['unshare', '--user', '--map-root-user', '--uts', '--pid', '--fork', '--mount-proc'],
  ...['sh', '-c', 'hostname elsewhere && exec "$@"', 'sh'],
];

/** Resolves with the program's end, or with its address where it starts. */
async function outcomeOf(lifelens: Lifelens): Promise<{ code: number | null; url: string | null }> {
  return Promise.race([
    lifelens.ended.then(({ code }) => ({ code, url: null })),
    lifelens.url().then(
      (url) => ({ code: null, url }),
      () => lifelens.ended.then(({ code }) => ({ code, url: null })),
    ),
  ]);
}

describe('a second program on a state that is in use', () => {
  it.each([
    ['beside the first', [], []],
    ['in another container with the same host name', contained, contained],
    ['in another container with another host name', contained, elsewhere],
  ])('is refused %s', async (_where, under, underOther) => {
    const state = `in-use-${under.length}-${underOther.length}`;
    const first = await folder.start({ state, under });
    const second = folder.run({ state, under: underOther });
    expect(await outcomeOf(second)).toEqual({ code: 1, url: null });
    expect((await second.ended).errorLines.join('\n')).toMatch(/in use/);
    await first.label('robot', 0);
    await first.knows(['robot']);
  });
});

describe('a program that was paused for a minute', () => {
  it('writes nothing after another program has taken over its state', async () => {
    const state = 'paused';
    const first = await folder.start({ state, under: elsewhere });
    await first.label('robot', 0);
    await first.knows(['robot']);
    const group = -first.lifelens.pid;
    process.kill(group, 'SIGSTOP');
    // Whatever the first touches to show that it lives looks a minute old.
    const longAgo = new Date(Date.now() - 120_000);
    for (const name of readdirSync(folder.at(state))) {
      const path = join(folder.at(state), name);
      if (name.includes('lock') && statSync(path).isFile()) utimesSync(path, longAgo, longAgo);
    }
    const second = folder.run({ state });
    const { url } = await outcomeOf(second);
    const other = url === null ? null : await Client.connect(url);
    process.kill(group, 'SIGCONT');
    const label = (className: string, place: number) =>
      ({
        command: 'label',
        class: className,
        target: { box: stillLifeBoxes[place]!, camera: 'yard' },
      }) as const;
    if (other !== null) await other.receives(({ type }) => type === 'detections');
    const [byFirst, bySecond] = await Promise.all([
      // Ends with the program, where the program ends.
      Promise.race([
        first.client.send(label('guitar', 1)),
        first.lifelens.ended.then(() => ({ ok: false })),
        delay(15_000).then(() => ({ ok: false })),
      ]),
      other?.send(label('ball', 3)) ?? { ok: false },
    ]);
    expect([byFirst.ok, bySecond.ok].filter((ok) => ok)).toHaveLength(1);
    expect(bySecond.ok).toBe(url !== null);
  });
});

it('these tests can make namespaces', () => {
  expect(() => execFileSync(contained[0]!, [...contained.slice(1), 'true'])).not.toThrow();
});
