import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

// Runs every benchmark as briefly as possible (`--smoke`): shows that they work, not how fast they
// are.
const folder = join(import.meta.dirname, '..');
const timeoutMs = 120_000;
const benchmarks = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.bench.ts'))
  .sort();

if (benchmarks.length === 0) {
  console.error(`no *.bench.ts in ${folder}`);
  process.exit(1);
}
const failed: string[] = [];
for (const name of benchmarks) {
  const startedMs = performance.now();
  console.log(`-- ${name}`);
  const run = spawnSync(process.execPath, ['--import', 'tsx', join(folder, name), '--smoke'], {
    stdio: 'inherit',
    timeout: timeoutMs,
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const result = run.error?.message ?? run.signal ?? `exit code ${run.status ?? '?'}`;
  console.log(`-- ${name}: ${result} after ${seconds} s`);
  if (run.status !== 0) failed.push(basename(name));
}
if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}`);
  process.exit(1);
}
