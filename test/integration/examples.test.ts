import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tsx = import.meta.resolve('tsx');
const run = promisify(execFile);

/** What each example prints when it runs for a few frames. */
const examples = [
  { name: 'custom-source', frames: 15, prints: [/^15 pictures drawn, 15 detected$/m] },
  { name: 'custom-sink', frames: 30, prints: [/^30 frames: (\w[\w ]* \d+)(, \w[\w ]* \d+)*$/m] },
  {
    name: 'custom-strategy',
    frames: 150,
    prints: [/^swapped: head 1 is live/m, /^nearest-mean: [1-9]\d* heads accepted, 0 refused$/m],
  },
  {
    name: 'headless-simulation',
    frames: 150,
    prints: [/^learned \w.* in 150 frames$/m, /^head [0-9a-f]{64}$/m],
  },
];

test.concurrent.each(examples)('$name runs and prints what it shows', async (example) => {
  const { name, frames, prints } = example;
  const args = ['--import', tsx, join('examples', `${name}.ts`), '--frames', String(frames)];
  const { stdout } = await run(process.execPath, args, { cwd: root });
  for (const line of prints) expect(stdout).toMatch(line);
});

test('every program in examples/ is run', async () => {
  const files = await readdir(join(root, 'examples'));
  const modules = ['nearest-mean.ts'];
  const programs = files.filter((file) => file.endsWith('.ts') && !modules.includes(file));
  expect(programs.sort()).toEqual(examples.map(({ name }) => `${name}.ts`).sort());
});
