import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  examineCameras,
  examineDashboard,
  examineNats,
  examineState,
} from '../../../../pipeline/batch/doctor/examine-places.ts';
import { configDefaults, parseConfig } from '../../../../pipeline/configuration/config.ts';

let folder: string;
let server: Server;
let port: number;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (server.listening) await new Promise((resolve) => server.close(resolve));
});

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the state folder', () => {
  it('is fine where it, or the one that it will be in, can be written to', async () => {
    expect(await examineState({ dir: folder })).toMatchObject({ is: 'fine' });
    expect(await examineState({ dir: join(folder, 'a', 'b') })).toMatchObject({ is: 'fine' });
  });

  it('is a problem where a file stands in its way', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const finding = await examineState({ dir: join(file, 'state') });
    expect(finding).toMatchObject({ is: 'problem', text: expect.stringMatching(/not a folder/) });
  });

  it('is a matter of advice where there is none', async () => {
    const finding = await examineState({ dir: null });
    expect(finding).toMatchObject({ is: 'advice', advice: expect.stringMatching(/--state/) });
  });
});

describe('the dashboard', () => {
  it('is a problem where another program listens', async () => {
    const dashboard = { ...configDefaults.dashboard, port };
    expect(await examineDashboard(dashboard)).toEqual({
      part: 'dashboard',
      is: 'problem',
      text: `127.0.0.1:${port} cannot be used: EADDRINUSE`,
      advice: 'another program, perhaps another lifelens, listens there: set dashboard.port',
    });
  });

  it('is fine on a free port', async () => {
    const dashboard = { ...configDefaults.dashboard, port: await freePort() };
    expect(await examineDashboard(dashboard)).toMatchObject({ is: 'fine' });
  });
});

describe('NATS', () => {
  it('is fine where it is not used', async () => {
    expect(await examineNats(configDefaults)).toMatchObject({ is: 'fine', text: 'not used' });
  });

  it('is a problem where no broker answers, and shows no password', async () => {
    const servers = [`nats://me:secret@127.0.0.1:${await freePort()}`];
    const finding = await examineNats(parseConfig({ nats: { enabled: true, servers } }));
    expect(finding).toMatchObject({ is: 'problem' });
    expect(finding.text).toContain(`nats://127.0.0.1:${port}: `);
    expect(JSON.stringify(finding)).not.toContain('secret');
  });
});

describe('the cameras', () => {
  const examined = async (cameras: Record<string, object>) =>
    (await Promise.all(examineCameras(parseConfig({ cameras })).map(({ finding }) => finding))).map(
      ({ part, is, text }) => [part, is, text],
    );

  it('are fine where their files exist and their hosts answer', async () => {
    mkdirSync(join(folder, 'pictures'));
    const file = join(folder, 'pictures');
    const cameras = {
      file: { source: file },
      yard: { source: `rtsp://me:secret@127.0.0.1:${port}/1`, detectSource: file },
      off: { source: 'nowhere', enabled: false },
      world: { source: 'world' },
    };
    expect(await examined(cameras)).toEqual([
      ['camera file', 'fine', file],
      ['camera yard', 'fine', `rtsp://127.0.0.1:${port} answers and ${file}`],
      ['camera world', 'fine', 'world'],
    ]);
  });

  it('are problems where something is missing, and no password is shown', async () => {
    const closed = await freePort();
    const missing = join(folder, 'missing.mp4');
    const cameras = {
      file: { source: missing },
      yard: { source: `http://me:secret@127.0.0.1:${closed}/1` },
      bench: { source: '/dev/video63' },
    };
    expect(await examined(cameras)).toEqual([
      ['camera file', 'problem', `no such file, folder or device: ${missing}`],
      ['camera yard', 'problem', `http://127.0.0.1:${closed}: ECONNREFUSED`],
      ['camera bench', 'problem', '/dev/video63: no such device'],
    ]);
  });
});
