import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ServiceFolder,
  stillCamera,
} from '../../../pipeline/laboratory/benchmarks/rig/service/service.ts';
import { PictureServer } from './picture-server.ts';

const threadEnder = new URL('./thread-ender.js', import.meta.url).href;
let folder: ServiceFolder;
let pictures: PictureServer;
beforeAll(async () => {
  folder = await ServiceFolder.create();
  pictures = await PictureServer.create(readFileSync(folder.at('still/0.jpg')));
});
afterEach(() => folder.stopAll());
afterAll(async () => {
  await pictures.close();
  await folder.remove();
});

const still = (source = folder.at('still')) => ({ source, loop: true, fps: 5 });

describe.each(['learn-worker', 'detect-worker'])('when the %s ends unexpectedly', (thread) => {
  it('it is started again, and labels are learned and objects detected', async () => {
    const order = folder.at(`end-${thread}`);
    const service = await folder.start({
      state: thread,
      nodeArguments: ['--import', threadEnder],
      env: { ...process.env, END_THREAD: order },
    });
    await service.label('robot', 0);
    await service.knows(['robot']);
    writeFileSync(order, thread);
    await expect.poll(() => existsSync(order), { timeout: 10_000 }).toBe(false);
    // Commands may fail until the worker is back, but not for good.
    await expect
      .poll(() => service.label('guitar', 1).then(() => 'labelled', String), { timeout: 40_000 })
      .toBe('labelled');
    await service.knows(['robot', 'guitar']);
    const from = service.client.messages.length;
    await service.client.receives(({ type }) => type === 'detections', { from });
    await service.lifelens.logs(/(worker|learner|detector).*(ended|died|restart|start)/);
    await service.stop();
  });
});

describe('SIGTERM', () => {
  it('ends the program within 3 s, also during a long update', async () => {
    // Trains on everything anew, which takes many seconds.
    const learn = { strategy: 'joint', minLabels: 1, maxWaitMs: 0, coolDownMs: 0, heldOutShare: 0 };
    const service = await folder.start({ state: 'long', config: { learn } });
    await service.label('robot', 0);
    await service.client.receives(({ event }) => event === 'learning');
    const { stopMs } = await service.stop('SIGTERM');
    expect(stopMs).toBeLessThan(3000);
  });
});

describe('a camera', () => {
  it('that is down at the start is tried until it comes', async () => {
    const source = pictures.address('late');
    const cameras = { [stillCamera]: still(), gate: { source } };
    const service = await folder.start({ state: 'late', config: { cameras } });
    await service.client.receives(({ type, camera, state }) => {
      return type === 'camera' && camera === 'gate' && (state === 'lost' || state === 'failed');
    });
    pictures.open('late');
    await service.client.receives(
      ({ type, camera }) => type === 'detections' && camera === 'gate',
      { withinMs: 40_000 },
    );
    await service.stop();
  });

  it('that is the only one and down at the start is tried until it comes', async () => {
    const cameras = { gate: { source: pictures.address('only') } };
    const lifelens = folder.run({ state: 'only', config: { cameras } });
    await lifelens.logs(/gate|lost|attempt|reach/i);
    pictures.open('only');
    await lifelens.logs(/^running/, { withinMs: 40_000 });
    expect((await lifelens.stop('SIGINT')).code).toBe(0);
  });

  it('that is a looped file goes on when its ffmpeg is killed', async () => {
    const clip = folder.at('clip.mp4');
    const input = ['-loop', '1', '-t', '8', '-r', '5', '-i', folder.at('still/0.jpg')];
    await promisify(execFile)(process.env['FFMPEG_PATH'] ?? 'ffmpeg', [
      ...['-v', 'error', '-y', ...input, '-c:v', 'mpeg4', '-q:v', '3', '-pix_fmt', 'yuv420p', clip],
    ]);
    const cameras = { [stillCamera]: still(clip) };
    const service = await folder.start({ state: 'looped', config: { cameras } });
    const [ffmpeg] = (await service.lifelens.children()).filter((line) => /ffmpeg/.test(line));
    process.kill(Number.parseInt(ffmpeg!, 10), 'SIGKILL');
    await service.client.receives(
      ({ type, state }) => type === 'camera' && state !== 'running' && state !== 'starting',
    );
    const from = service.client.messages.length;
    await service.client.receives(({ type }) => type === 'detections', { from, withinMs: 40_000 });
    await service.stop();
  });

  it('shows objects however short a track may be lost; no time at all is refused', async () => {
    const shortest = { config: { track: { lostMs: 1, baseScoreMin: 0.2 } }, state: 'no-gap' };
    const service = await folder.start(shortest);
    await service.client.receives(isNonEmpty, { withinMs: 15_000 });
    await service.stop();
    const refused = await folder.run({ config: { track: { lostMs: 0 } } }).ended;
    expect(refused.code).toBe(2);
    expect(refused.errorLines.join('\n')).toMatch(/track\.lostMs/);
  });

  it('shows objects where frames are further apart than tracks may be lost', async () => {
    const cameras = { [stillCamera]: { ...still(), fps: 1 } };
    const config = { cameras, track: { lostMs: 100, baseScoreMin: 0.2 } };
    const service = await folder.start({ state: 'slow', config });
    await service.client.receives(isNonEmpty, { withinMs: 20_000 });
  });

  it('that is a single picture shows its objects, or the log says why not', async () => {
    mkdirSync(folder.at('single'), { recursive: true });
    copyFileSync(folder.at('still/0.jpg'), folder.at('single/0.jpg'));
    const { code, logMessages } = await folder.spawn([
      ...['run', '--source', 'single', '--fast', '--no-dashboard', '--detections', 'single.jsonl'],
    ]).ended;
    expect(code).toBe(0);
    const isDetected = readFileSync(folder.at('single.jsonl'), 'utf8').includes('"class"');
    const isExplained = logMessages.some((line) => /minHits/.test(line));
    expect(isDetected || isExplained).toBe(true);
  });
});

function isNonEmpty(message: Readonly<Record<string, unknown>>): boolean {
  const { type, detections } = message;
  return type === 'detections' && (detections as readonly unknown[]).length > 0;
}
