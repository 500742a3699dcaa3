import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configFromFlags } from '../../../pipeline/configuration/config-flags.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-flags-'));
  file = join(folder, 'lifelens.yaml');
  await writeFile(
    file,
    `
seed: 3
cameras:
  door: { source: door.mp4, fps: 5 }
  gate: { source: gate.mp4 }
detect: { size: 512, threads: 2 }
dashboard: { port: 9000 }
`,
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('flags', () => {
  test('without a file configure the simulated camera with the defaults', async () => {
    const config = await configFromFlags({ dashboard: true }, {});
    expect(config.cameras).toMatchObject({ world: { source: 'world', pace: 'live' } });
    expect(config.detect).toMatchObject({
      size: 'auto',
      threads: 'auto',
      model: null,
      format: 'auto',
    });
  });

  test('may take credentials from the environment, and name a variable that is not set', async () => {
    const source = 'rtsp://admin:${DOOR_PASSWORD}@camera/1';
    const config = await configFromFlags({ source }, { DOOR_PASSWORD: 'hunter2' });
    expect(config.cameras['camera']?.source).toBe('rtsp://admin:hunter2@camera/1');
    await expect(configFromFlags({ source }, {})).rejects.toThrow(
      /environment variable DOOR_PASSWORD is not set/,
    );
  });

  test('override the file and leave its other fields unchanged', async () => {
    const flags = {
      config: file,
      size: 320,
      shape: 'square',
      port: 0,
      state: 'kept',
      logLevel: 'warn',
    } as const;
    const config = await configFromFlags(flags, {});
    expect(config.detect).toMatchObject({ size: 320, shape: 'square', threads: 2 });
    expect(config.dashboard).toMatchObject({ port: 0, enabled: true });
    expect(config.state.dir).toBe('kept');
    expect(config.log.level).toBe('warn');
    expect(config.seed).toBe(3);
    expect(Object.keys(config.cameras)).toEqual(['door', 'gate']);
  });

  test('say which detector is used, and how it is read', async () => {
    const model = { model: 'm.onnx', format: 'yolov8', names: 'm.txt' } as const;
    expect((await configFromFlags({ config: file, ...model }, {})).detect).toMatchObject(model);
  });

  test('with a source replace all cameras of the file', async () => {
    const config = await configFromFlags({ config: file, source: 'clip.mp4' }, {});
    expect(Object.keys(config.cameras)).toEqual(['camera']);
    expect(config.cameras['camera']).toMatchObject({ source: 'clip.mp4', fps: null });
  });

  test('for pace, loop and rate apply to every camera', async () => {
    const config = await configFromFlags({ config: file, fast: true, loop: true, fps: 2 }, {});
    expect(Object.values(config.cameras)).toMatchObject([
      { pace: 'demand', loop: true, fps: 2 },
      { pace: 'demand', loop: true, fps: 2 },
    ]);
  });

  test('disable the dashboard, or leave the decision to the file', async () => {
    const off = join(folder, 'off.yaml');
    await writeFile(off, 'dashboard: { enabled: false }');
    expect((await configFromFlags({ dashboard: false }, {})).dashboard.enabled).toBe(false);
    const fromFile = await configFromFlags({ config: off, dashboard: true }, {});
    expect(fromFile.dashboard.enabled).toBe(false);
  });

  test('out of range are reported by the path of their field', async () => {
    await expect(configFromFlags({ fps: 1000 }, {})).rejects.toThrow(
      'cameras.world.fps: expected a number from 0.1 to 120, got 1000',
    );
  });

  test('do not hide a section that is not a mapping', async () => {
    const wrong = join(folder, 'wrong.yaml');
    await writeFile(wrong, 'detect: fast');
    await expect(configFromFlags({ config: wrong, size: 320 }, {})).rejects.toThrow(
      'detect: expected a mapping of keys to values, got "fast"',
    );
  });
});
