import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseConfig } from '../../../pipeline/configuration/config.ts';
import { readDashboardTokens } from '../../../pipeline/configuration/dashboard-tokens.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lifelens-tokens-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const read = (dashboard: object, environment: Record<string, string> = {}) =>
  readDashboardTokens(parseConfig({ dashboard }).dashboard, environment);

describe('tokens of the dashboard', () => {
  test('come from the configuration, a file or the environment', async () => {
    const tokenFile = join(dir, 'token');
    await writeFile(tokenFile, 'of the file\n');
    const tokens = await read(
      {
        tokens: [
          { name: 'anna', token: 'of anna!', scope: 'label' },
          { name: 'wall', tokenFile, scope: 'view' },
          { name: 'boss', tokenEnv: 'BOSS', scope: 'manage' },
        ],
      },
      { BOSS: 'of the boss' },
    );
    expect(tokens).toEqual([
      { name: 'anna', token: 'of anna!', scope: 'label' },
      { name: 'wall', token: 'of the file', scope: 'view' },
      { name: 'boss', token: 'of the boss', scope: 'manage' },
    ]);
  });

  test('that cannot be read are all named, without what was read', async () => {
    const tokenFile = join(dir, 'missing');
    const wall = { name: 'wall', tokenFile, scope: 'view' };
    const boss = { name: 'boss', tokenEnv: 'BOSS', scope: 'manage' };
    const shift = { name: 'shift', tokenEnv: 'SHIFT', scope: 'label' };
    const again = { name: 'again', token: 'of the owner', scope: 'view' };
    const reading = read(
      { token: 'of the owner', tokens: [wall, boss, shift, again] },
      { SHIFT: 'short' },
    );
    await expect(reading).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'invalid',
      problems: [
        `dashboard.tokens[0].tokenFile: ${tokenFile} can't be read (ENOENT)`,
        'dashboard.tokens[1].tokenEnv: environment variable BOSS is not set',
        'dashboard.tokens[2].tokenEnv: environment variable SHIFT: ' +
          'expected a token of 8 to 256 characters, got 5',
        'dashboard.tokens[3]: another token is the same',
      ],
    });
  });
});
