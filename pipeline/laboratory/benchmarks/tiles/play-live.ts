import { performance } from 'node:perf_hooks';
import type { MetricsMessage } from '../../../../sinks/events.ts';
import { watch } from '../../../application/watch.ts';
import { PlayedRun } from './played-run.ts';
import { footageCamera } from './footage-camera.ts';
import type { Footage } from './footage.ts';

export interface PlayLiveOptions {
  readonly tiles: 'off' | 'auto';
  readonly size: number;
  readonly threads: number;
  readonly settledSeconds: number;
}

/** Plays footage once through the whole program, in real time. */
export async function playLive(footage: Footage, options: PlayLiveOptions): Promise<PlayedRun> {
  const { size, threads, tiles, settledSeconds } = options;
  const capturedAt = new Map<number, number>();
  const onCapture = (index: number): void => void capturedAt.set(index, performance.now());
  const running = await watch(
    {
      cameras: { wide: { source: 'custom:wide' } },
      detect: { size, threads, tiles },
      dashboard: { enabled: false },
      log: { level: 'error' },
    },
    { sources: { wide: footageCamera(footage, onCapture) } },
  );
  const played = new PlayedRun(footage, settledSeconds);
  let newest: MetricsMessage | undefined;
  running.events$.subscribe({
    next: (event) => {
      if (event.type === 'metrics') newest = event;
      if (event.type !== 'detections') return;
      const latencyMs = performance.now() - capturedAt.get(event.frame)!;
      played.add(event.frame, event.detections, latencyMs);
    },
    error: (error: unknown) => console.error(error),
  });
  await running.report;
  Object.assign(played.tiles, newest?.cameras[0]?.tiles);
  return played;
}
