import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../../pipeline/configuration/config-error.ts';
import { loadConfig } from '../../../pipeline/configuration/config-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-config-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function load(text: string, environment: Record<string, string> = {}, name = 'c.yaml') {
  const file = join(folder, name);
  await writeFile(file, text);
  return loadConfig(file, environment);
}

async function failureOf(promise: Promise<unknown>): Promise<ConfigError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConfigError)) throw new Error(`expected a ConfigError`, { cause: error });
  return error;
}

describe('configuration file', () => {
  test('may be YAML with anchors and merge keys', async () => {
    const config = await load(`
cameras:
  door: &shared { source: rtsp://192.0.2.7/a, fps: 5 }
  gate: { <<: *shared, source: rtsp://192.0.2.7/b }
`);
    expect(config.cameras['gate']).toMatchObject({ source: 'rtsp://192.0.2.7/b', fps: 5 });
  });

  test('may be JSON indented with tabs', async () => {
    expect((await load('{\n\t"seed": 4,\n\t"log": {"level": "warn"}\n}', {}, 'c.json')).seed).toBe(
      4,
    );
  });

  test('may be empty', async () => {
    expect((await load('# nothing yet\n')).seed).toBe(1);
  });

  test('that is missing or a folder is reported in one line', async () => {
    const missing = await failureOf(loadConfig(join(folder, 'nowhere.yaml'), {}));
    expect(missing.code).toBe('missing');
    expect(missing.message).toBe(`${join(folder, 'nowhere.yaml')}: no such file`);
    const unreadable = await failureOf(loadConfig(folder, {}));
    expect(unreadable.code).toBe('unreadable');
    expect(unreadable.message).toBe(`${folder}: is a folder, expected a file`);
  });

  test('with a syntax error is reported in one line with line and column', async () => {
    const failure = await failureOf(load('seed: 1\nlog: [1,\nswap: 2\n'));
    expect(failure.code).toBe('syntax');
    expect(failure.message).toMatch(/c\.yaml: 3:1: .+/);
    expect(failure.message.split('\n')).toHaveLength(1);
  });

  test('with a duplicate key is refused', async () => {
    expect((await failureOf(load('seed: 1\nseed: 2\n'))).message).toMatch(/2:1: .*unique/);
  });

  test('with exponentially nested aliases is refused', async () => {
    const levels = Array.from({ length: 12 }, (_, i) =>
      i === 0
        ? 'a0: &a0 [x]'
        : `a${i}: &a${i} [${Array(9)
            .fill(`*a${i - 1}`)
            .join(', ')}]`,
    );
    expect((await failureOf(load(levels.join('\n')))).code).toBe('syntax');
  });

  test('larger than 1 MiB is refused without being read', async () => {
    expect((await failureOf(load(`# ${'x'.repeat(1024 * 1024)}`))).code).toBe('unreadable');
  });

  test('that is a list or plain text is refused', async () => {
    expect((await failureOf(load('- seed: 1'))).message).toContain('expected a mapping');
    expect((await failureOf(load('hello'))).message).toContain('expected a mapping');
  });
});

describe('environment references', () => {
  test('become text, numbers, booleans or null as the schema requires', async () => {
    const text = `
seed: \${SEED}
dashboard: { port: "\${PORT:-9000}", enabled: "\${DASHBOARD}", token: "\${TOKEN:-}" }
nats: { password: "\${PASSWORD}", user: "cam-\${NAME}" }
`;
    const environment = { SEED: '7', DASHBOARD: 'false', PASSWORD: '12345678', NAME: 'door' };
    const config = await load(text, environment);
    expect(config.seed).toBe(7);
    expect(config.dashboard).toMatchObject({ port: 9000, enabled: false, token: null });
    expect(config.nats).toMatchObject({ password: '12345678', user: 'cam-door' });
  });

  test('fall back to their default when the variable is empty', async () => {
    expect((await load('seed: ${SEED:-5}', { SEED: '' })).seed).toBe(5);
  });

  test('to unset variables are all reported', async () => {
    const failure = await failureOf(load('seed: ${A}\nnats: { user: "${B}" }'));
    expect(failure.problems).toEqual([
      'seed: environment variable A is not set',
      'nats.user: environment variable B is not set',
    ]);
  });

  test('that are malformed are reported', async () => {
    expect((await failureOf(load('nats: { user: "${not a name}" }'))).problems).toEqual([
      'nats.user: expected ${NAME} or ${NAME:-default}, got ${not a name}',
    ]);
  });

  test('inside the value of a variable are not replaced', async () => {
    const config = await load('nats: { user: "${A}" }', { A: '${B}', B: 'secret' });
    expect(config.nats.user).toBe('${B}');
  });

  test('are escaped with a second dollar sign', async () => {
    expect((await load('nats: { user: "$${A}" }')).nats.user).toBe('${A}');
  });

  test('are quoted in messages instead of their values', async () => {
    const failure = await failureOf(load('dashboard: { port: "${P}" }', { P: 'hunter2' }));
    expect(failure.problems).toEqual([
      'dashboard.port: expected a whole number from 0 to 65535, got the value of ${P}',
    ]);
  });
});
