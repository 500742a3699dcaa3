import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { filter, firstValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watch, type Watching } from '../../pipeline/application/watch.ts';
import {
  drawPictures,
  type DrawnPicture,
} from '../../pipeline/laboratory/benchmarks/rig/draw-set.ts';
import type { Command, ModelMessage } from '../../sinks/events.ts';

let dir: string;
let picture: DrawnPicture;
let running: Watching | null = null;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lifelens-shutdown-'));
  [picture] = (await drawPictures(join(dir, 'still'), {
    emoji: '1f916',
    count: 1,
    seed: 1,
  })) as [DrawnPicture];
});
afterEach(async () => {
  await running?.stop();
  running = null;
  await rm(dir, { recursive: true, force: true });
});

/** Watches a still picture with a strategy whose second update does what `deed` says. */
async function start(deed: string): Promise<Watching> {
  const strategyModule = new URL('../operators/learn/misbehaving-strategy.ts', import.meta.url);
  strategyModule.searchParams.set('deed', deed);
  running = await watch(
    {
      cameras: { still: { source: join(dir, 'still'), loop: true, fps: 5 } },
      dashboard: { enabled: false },
      learn: { minLabels: 1, heldOutShare: 0 },
      state: { dir: join(dir, 'state') },
    },
    { log: pino({ level: 'silent' }), strategyModule },
  );
  const { events$ } = running;
  await firstValueFrom(events$.pipe(filter(({ type }) => type === 'detections')));
  return running;
}

/** Labels the object in the picture and resolves with the first model event of this kind. */
async function label(name: string, until: ModelMessage['event']): Promise<ModelMessage> {
  const { events$, send } = running!;
  const reached = firstValueFrom(
    events$.pipe(
      filter((event): event is ModelMessage => event.type === 'model' && event.event === until),
    ),
  );
  const [left, top, width, height] = picture.box;
  const box = [left, top, left + width, top + height] as const;
  const command: Command = { command: 'label', class: name, target: { camera: 'still', box } };
  expect(await send(command)).toMatchObject({ ok: true });
  return reached;
}

describe('a run that is stopped during an update', () => {
  it.each([
    ['goes on for ever', 'endless'],
    ['never comes back to its event loop', 'loop'],
  ])('that %s ends within 3 s, and goes on from its state later', async (_, deed) => {
    const watching = await start(deed);
    await label('robot', 'swapped');
    await label('drone', 'learning');
    const stoppedMs = performance.now();
    await watching.stop();
    expect(performance.now() - stoppedMs).toBeLessThan(3000);

    await start('none');
    expect((await label('robot', 'swapped')).classes).toContain('robot');
  });
});

describe('a learner whose thread dies during an update', () => {
  it('is restarted, and all labels are learned in the end', async () => {
    await start('exit');
    await label('robot', 'swapped');
    await label('drone', 'failed');
    const { classes } = await label('robot', 'swapped');
    expect([...classes].sort()).toEqual(['drone', 'robot']);
  });
});
