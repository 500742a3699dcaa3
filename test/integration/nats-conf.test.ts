import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const conf = fileURLToPath(new URL('../../deploy/nats.conf', import.meta.url));
const check = (environment: Record<string, string>) =>
  promisify(execFile)('nats-server', ['-t', '-c', conf], {
    env: { PATH: process.env['PATH'], ...environment },
  });

test('nats-server accepts deploy/nats.conf, and refuses it without passwords', async () => {
  const passwords = { LIFELENS_NATS_PASSWORD: 'one', HOME_NATS_PASSWORD: 'two' };
  await expect(check(passwords)).resolves.toMatchObject({
    stderr: expect.stringContaining('is valid') as string,
  });
  await expect(check({})).rejects.toThrow(/LIFELENS_NATS_PASSWORD/);
});
