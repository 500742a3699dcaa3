import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

/** The subpaths of the package, as in the exports of package.json. */
const library = fileURLToPath(new URL('./pipeline/public/', import.meta.url));
const alias = [
  { find: /^lifelens$/, replacement: `${library}index.ts` },
  { find: /^lifelens\/(\w+)$/, replacement: `${library}$1.ts` },
];

/** Files that train over many steps, run an engine or wait for threads, processes or real time. */
const slow = ['test/**/*.slow.test.ts', 'test/contracts/**'];
const elsewhere = ['test/integration/**', 'test/browser/**'];

/**
 * Tests that need Node and the npm packages, nothing else.
 *
 * Loading modules anew for each file doubles the processor time of the suite, so the files of a
 * worker share them: a test restores what it changes outside itself (environment, mocks, timers).
 * Three workers even on two cores, because a third of the time is waits for processes and timers.
 */
const withoutPrograms = {
  include: ['test/**/*.test.ts'],
  isolate: false,
  maxWorkers: Math.max(3, availableParallelism() - 1),
  hookTimeout: 60_000,
};

/** Tests that start whole programs: one file at a time where what they measure is time. */
const withPrograms = { hookTimeout: 60_000, testTimeout: 120_000 };
const timed = [
  'test/integration/**/*.timed.test.ts',
  // They wait for programs to start, learn and end within limits.
  'test/integration/service/*.test.ts',
  'test/integration/{run,shutdown,watch}.test.ts',
];

/** Begins with the files that take longest, which would else be left over at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer['sort']>[0]) {
    const isLong = ({ moduleId }: (typeof files)[number]): boolean =>
      /integration\/(strategy\.contract|unlearning)\.test/.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

const project = (
  test: NonNullable<TestProjectInlineConfiguration['test']>,
): TestProjectInlineConfiguration => ({ resolve: { alias }, test });

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      project({
        ...withoutPrograms,
        name: 'unit',
        exclude: elsewhere,
        // The slowest test takes 2 s alone on 2 cores, and 19 s where ten processes share them.
        testTimeout: 40_000,
      }),
      project({
        ...withoutPrograms,
        // The part of `unit` to run after every change.
        name: 'fast',
        exclude: [...elsewhere, ...slow],
        testTimeout: 20_000,
      }),
      project({
        ...withPrograms,
        // Real ffmpeg, a real nats-server, whole processes, and contracts over all that is slow.
        // A program waits for its cameras and disk, so that two files need less than the sum.
        name: 'integration',
        include: ['test/integration/**/*.test.ts'],
        exclude: timed,
        maxWorkers: Math.max(2, availableParallelism() - 1),
        sequence: { groupOrder: 1 },
      }),
      project({
        ...withPrograms,
        // Cameras whose pictures come at a rate, clocks, and limits: alone on the machine.
        name: 'timed',
        include: timed,
        fileParallelism: false,
        maxConcurrency: 4,
        sequence: { groupOrder: 2 },
      }),
      project({
        ...withPrograms,
        // A real Chromium in front of a running pipeline.
        name: 'browser',
        include: ['test/browser/**/*.test.ts'],
        testTimeout: 180_000,
        fileParallelism: false,
        sequence: { groupOrder: 3 },
      }),
    ],
  },
});
