import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const launcher = fileURLToPath(new URL('../../pipeline/bin.js', import.meta.url));

/** Runs lifelens in a shell with a redirection; returns exit code and non-log lines of stderr. */
async function lifelens(argv: string, redirection: string) {
  const script = `set -o pipefail; '${process.execPath}' '${launcher}' ${argv} ${redirection}`;
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile('bash', ['-c', script], { cwd: tmpdir() }, (error, _, stderr) =>
      resolve({ code: error?.code ?? 0, stderr }),
    );
  });
  return { code, errorLines: stderr.split('\n').filter((line) => !/^(\{.*\})?$/.test(line)) };
}

const run = 'run --source world --fast --frames 2 --no-dashboard';

describe('standard output', () => {
  it.each(['--help', `${run} --report -`, `${run} --report /dev/stdout`])(
    'closed by its reader ends %s without an error',
    async (argv) => {
      // `true` exits before the program has started.
      expect(await lifelens(argv, '| true')).toEqual({ code: 0, errorLines: [] });
    },
  );

  it.each(['--help', `${run} --report -`])(
    'on a full disk gives a one-line message: %s',
    async (argv) => {
      const line = "lifelens: standard output can't be written to: the disk is full";
      expect(await lifelens(argv, '> /dev/full')).toEqual({ code: 1, errorLines: [line] });
    },
  );
});
