import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const alias = { lifelens: fileURLToPath(new URL('./pipeline/index.ts', import.meta.url)) };

export default defineConfig({
  test: {
    projects: [
      {
        // Needs Node and the npm packages, nothing else.
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/browser/**', 'test/bench/**'],
          testTimeout: 15_000,
          hookTimeout: 30_000,
        },
      },
      {
        // Real ffmpeg, a real nats-server, whole processes: one file at a time, so timings mean something.
        resolve: { alias },
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        // A real Chromium in front of a running pipeline.
        resolve: { alias },
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
