import { describe, expect, it } from 'vitest';
import { adviseSize } from '../../../../pipeline/batch/doctor/advise-size.ts';
import type { SpeedRow } from '../../../../pipeline/batch/doctor/examine-engines.ts';

const row = (
  engine: 'onnx' | 'tfjs',
  threads: number,
  side: number,
  ms: number,
  workers = 1,
): SpeedRow => {
  const rates = { fps: 1000 / ms, camerasAt5: 0, camerasAt10: 0 };
  return { engine, provider: 'cpu', threads, workers, side, ms, ...rates };
};
const rows = [
  ...[row('onnx', 1, 256, 13), row('onnx', 1, 320, 20), row('onnx', 1, 512, 52)],
  ...[row('onnx', 1, 640, 90), row('onnx', 2, 320, 12), row('onnx', 2, 512, 30)],
  row('tfjs', 1, 320, 200),
];
const two = { perCamera: [5, 5] };
const advised = (size: number | 'auto', wanted = two, speeds = rows) =>
  adviseSize({ size, workers: 'auto' }, wanted, speeds, 4);

describe('the advice on the size', () => {
  it('says what auto takes', () => {
    expect(advised('auto')).toEqual({
      part: 'detector size',
      is: 'fine',
      text: 'auto takes about this: detector 512 px, 1 thread: 52 ms a frame; 2 cameras at 5 fps use 52 % of it',
      advice: null,
    });
  });

  it('is to take a larger size where that holds the rate as well', () => {
    expect(advised(320)).toMatchObject({
      is: 'advice',
      advice: 'set detect.size: 512 for your 2 cameras, or auto: it finds smaller objects',
    });
    expect(advised(512)).toMatchObject({ is: 'fine', advice: null });
  });

  it('is to take a smaller size where the given one is too much', () => {
    const advice = advised(512, { perCamera: Array<number>(10).fill(3) });
    expect(advice.text).toContain(
      'detector 512 px, 2 threads: 30 ms a frame; 10 cameras at 3 fps use 90 % of it',
    );
    expect(advice.advice).toMatch(
      /^set detect.size: \d+ for your 10 cameras, or auto: it holds the rate/,
    );
  });

  it('is to ask for fewer frames where no size holds the rate', () => {
    expect(advised('auto', { perCamera: [200] })).toMatchObject({
      is: 'advice',
      advice: 'set fps of your camera lower: frames are left out',
    });
  });

  it('judges a size below those of auto by its own time', () => {
    const fast = { perCamera: [30] };
    const slow = [row('onnx', 1, 256, 19), row('onnx', 1, 320, 30), row('onnx', 1, 512, 80)];
    expect(advised(256, fast, slow)).toMatchObject({
      is: 'fine',
      text: 'detector 256 px, 1 thread: 19 ms a frame; 1 camera at 30 fps uses 57 % of it',
    });
    expect(advised(256, { perCamera: [10] }, slow)).toMatchObject({
      is: 'advice',
      advice: expect.stringMatching(/^set detect.size: 416 for your camera, or auto: it finds/),
    });
  });

  it('judges a size above those of auto by its own time', () => {
    expect(advised(640, { perCamera: [5] })).toMatchObject({
      is: 'fine',
      text: 'detector 640 px, 1 thread: 90 ms a frame; 1 camera at 5 fps uses 45 % of it',
    });
  });

  it('tells of the configured size where no size holds the rate', () => {
    const advice = advised(512, { perCamera: [200] });
    expect(advice.text).toMatch(/^detector 512 px, 2 threads: 30 ms/);
    expect(advice.advice).toBe(
      'set fps of your camera lower, and detect.size: 320: frames are left out',
    );
  });

  it('is to detect several frames at once where that holds the rate at the given size', () => {
    const pooled = [...rows, row('onnx', 4, 512, 13, 4)];
    const busy = { perCamera: Array<number>(10).fill(3) };
    expect(advised(512, busy, pooled)).toMatchObject({
      is: 'advice',
      text: 'detector 512 px, 2 threads: 30 ms a frame; 10 cameras at 3 fps use 90 % of it',
      advice:
        'set detect.workers: 4 for your 10 cameras: the detector takes 13 ms a frame then, ' +
        'on 4 threads, and holds the rate',
    });
    // They are not what a run of this configuration has.
    expect(advised(512, two, pooled)).toMatchObject({ is: 'fine', text: advised(512).text });
  });

  it('is to detect several frames at once as well, where even that does not hold the rate', () => {
    const busy = { perCamera: [200] };
    expect(advised(512, busy, [...rows, row('onnx', 4, 512, 13, 4)]).advice).toBe(
      'set fps of your camera lower, and detect.size: 320, and detect.workers: 4: frames are left out',
    );
    // It has to bring something.
    const slow = [...rows, row('onnx', 4, 512, 29, 4)];
    expect(advised(512, busy, slow).advice).toBe(advised(512, busy).advice);
  });

  it('goes by pixels where one size was timed alone', () => {
    const advice = advised('auto', { perCamera: [5] }, [row('onnx', 1, 256, 64)]);
    expect(advice.text).toMatch(/detector 320 px, 1 thread: 100 ms a frame/);
  });

  it('says where nothing is measured, or to be measured', () => {
    expect(advised('auto', two, [])).toMatchObject({
      is: 'advice',
      text: 'not measured: too slow',
    });
    expect(adviseSize({ size: 'auto', workers: 'auto' }, null, rows)).toMatchObject({
      is: 'fine',
      text: '320 px: these cameras wait for the detector, or are simulated',
    });
  });
});
