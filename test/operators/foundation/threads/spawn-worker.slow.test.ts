import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('threads that are ended while a model runs take the process with them in no case', async () => {
  const program = fileURLToPath(new URL('./end-detector.ts', import.meta.url));
  const ended = await new Promise((resolve) => {
    const { execPath } = process;
    execFile(execPath, ['--import', 'tsx', program], (error, stdout, stderr) => {
      resolve({ code: error?.code, signal: error?.signal, stdout, stderr });
    });
  });
  expect(ended).toEqual({ code: 5, signal: null, stdout: 'ends\n', stderr: '' });
});
