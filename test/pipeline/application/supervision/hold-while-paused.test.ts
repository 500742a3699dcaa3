import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../../operators/ingest/frames/frame.ts';
import { holdWhilePaused } from '../../../../pipeline/application/supervision/hold-while-paused.ts';
import { makeFrame } from '../../../operators/detect/fake-detector.ts';

/** A camera that is paused until `resume`. */
function pausedCamera(pace: 'live' | 'demand') {
  let resume: () => void = () => undefined;
  let unpaused: Promise<void> | null = new Promise<void>((resolve) => (resume = resolve));
  const frames = new Subject<Frame>();
  const passed: number[] = [];
  let dropped = 0;
  const onDrop = (): void => {
    dropped++;
  };
  frames
    .pipe(holdWhilePaused({ pace, unpaused: () => unpaused, onDrop }))
    .subscribe(({ index }) => passed.push(index));
  const resumeCamera = async (): Promise<void> => {
    unpaused = null;
    resume();
    await new Promise((settled) => setImmediate(settled));
  };
  return { frames, passed, resumeCamera, droppedCount: () => dropped };
}

describe('frames of a paused camera', () => {
  it('are released and counted at pace live', async () => {
    const { frames, passed, resumeCamera, droppedCount } = pausedCamera('live');
    const first = makeFrame(0);
    frames.next(first);
    expect([first.released, droppedCount()]).toEqual([1, 1]);
    await resumeCamera();
    frames.next(makeFrame(1));
    expect(passed).toEqual([1]);
  });

  it('wait in order at pace demand', async () => {
    const { frames, passed, resumeCamera, droppedCount } = pausedCamera('demand');
    frames.next(makeFrame(0));
    frames.next(makeFrame(1));
    expect(passed).toEqual([]);
    await resumeCamera();
    frames.next(makeFrame(2));
    await new Promise((settled) => setImmediate(settled));
    expect(passed).toEqual([0, 1, 2]);
    expect(droppedCount()).toBe(0);
  });
});
