import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';

/** View size of the pictures that the fake ffmpeg writes. */
export const fakeViewSize = 32;

/**
 * A Node script that replaces ffmpeg. The last path segment of the input controls it: `frames-N`
 * frames, then `-exit-C` exits with code C, `-hang` never exits, `-deaf` ignores SIGTERM, `-die`
 * crashes and `-half` writes half a frame. `probe-hang` and `garbage` fail when probed.
 */
const program = `#!${process.execPath}
const fs = require('node:fs');
const args = process.argv.slice(2);
if (args[0] === '-version') {
  console.log('ffmpeg version 6.1.1-fake Copyright (c) 2000-2023 the FFmpeg developers');
  process.exit(0);
}
const input = args[args.indexOf('-i') + 1];
fs.appendFileSync(process.env.FAKE_FFMPEG_LOG, process.pid + '\\n');
const plan = input.split('/').at(-1);
if (!args.includes('pipe:1')) {
  if (plan.includes('probe-hang')) setInterval(() => {}, 1000);
  else if (plan.includes('garbage')) process.stderr.write('\\0\\x1b'.repeat(50000) + '\\n' + input + ': Invalid data found\\n', () => process.exit(1));
  else process.stderr.write('  Duration: N/A, start: 0\\n  Stream #0:0: Video: mjpeg, yuvj420p, 64x48, 25 fps, 25 tbr\\n', () => process.exit(1));
} else {
  const frame = Buffer.alloc(64 * (48 + 32) * 3);
  const count = Number(/frames-(\\d+)/.exec(plan)?.[1] ?? 0);
  const describe = (n) => process.stderr.write('[showinfo@picture @ 0x1] [info] n: ' + n + ' pts: ' + n * 40000 + ' pts_time:' + n * 0.04 + ' fmt:yuvj420p sar:0/1 s:64x48 i:P iskey:1 type:I \\n');
  const write = (n) => {
    if (n < count) {
      describe(n);
      return process.stdout.write(frame.fill(n + 1), () => write(n + 1));
    }
    if (plan.includes('half')) {
      describe(n);
      process.stdout.write(frame.subarray(0, 5000));
    }
    const code = /exit-(\\d+)/.exec(plan)?.[1];
    if (plan.includes('die')) process.kill(process.pid, 'SIGSEGV');
    else if (plan.includes('hang')) setInterval(() => {}, 1000);
    else if (code) process.stderr.write('[error] something went wrong in ' + input + '\\n', () => process.exit(Number(code)));
  };
  if (plan.includes('deaf')) process.on('SIGTERM', () => {});
  write(0);
}
`;

export interface FakeFfmpeg {
  /** Ids of all processes started to probe or decode. */
  readonly pids: () => number[];
  readonly remove: () => void;
}

/** Installs the fake as `FFMPEG_PATH`, until `remove` is called. */
export function installFakeFfmpeg(): FakeFfmpeg {
  const folder = mkdtempSync(join(tmpdir(), 'fake-ffmpeg-'));
  const path = join(folder, 'ffmpeg.cjs');
  const log = join(folder, 'pids');
  writeFileSync(path, program);
  chmodSync(path, 0o755);
  vi.stubEnv('FFMPEG_PATH', path);
  vi.stubEnv('FAKE_FFMPEG_LOG', log);
  return {
    pids: () => {
      const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
      return text.split('\n').filter(Boolean).map(Number);
    },
    remove: () => {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
