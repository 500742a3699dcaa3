import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const launcher = fileURLToPath(new URL('../../pipeline/bin.js', import.meta.url));

/** Its exit code and standard error, with standard output led to where a shell leads it. */
async function lifelens(words: string, redirected: string) {
  const script = `set -o pipefail; '${process.execPath}' '${launcher}' ${words} ${redirected}`;
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile('bash', ['-c', script], { cwd: tmpdir() }, (error, _, stderr) =>
      resolve({ code: error?.code ?? 0, stderr }),
    );
  });
  return { code, complaints: stderr.split('\n').filter((line) => !/^(\{.*\})?$/.test(line)) };
}

const run = 'run --source world --fast --frames 2 --no-dashboard';

describe('standard output', () => {
  it.each(['--help', `${run} --report -`, `${run} --report /dev/stdout`])(
    'that nobody reads ends %s quietly',
    async (words) => {
      // What closes at once is gone before the program has started.
      expect(await lifelens(words, '| true')).toEqual({ code: 0, complaints: [] });
    },
  );

  it.each(['--help', `${run} --report -`])('that is full is one line: %s', async (words) => {
    const line = "lifelens: standard output can't be written to: the disk is full";
    expect(await lifelens(words, '> /dev/full')).toEqual({ code: 1, complaints: [line] });
  });
});
