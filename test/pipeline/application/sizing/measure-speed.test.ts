import { expect, it } from 'vitest';
import { msAt } from '../../../../pipeline/application/sizing/choose-size.ts';
import { leastMs, measureSpeed } from '../../../../pipeline/application/sizing/measure-speed.ts';

/** A detector whose runs at each side take these times, the last one from then on. */
function timed(times: Readonly<Record<number, readonly number[]>>, parallel = 1) {
  const runs = new Map<unknown, number>();
  return {
    parallel,
    detect: ({ viewSize }: { readonly viewSize: unknown }) => {
      const run = runs.get(viewSize) ?? 0;
      runs.set(viewSize, run + 1);
      const detectMs = times[viewSize as number]!.at(run) ?? times[viewSize as number]!.at(-1)!;
      return Promise.resolve({ peaks: null as never, headVersion: 0, detectMs });
    },
  };
}

const untilMs = Infinity;

it('takes the fastest run, since other work only slows runs down', async () => {
  expect(await leastMs(timed({ 320: [80, 70, 20, 60] }), 320, 3, untilMs)).toBe(20);
});

it('takes the first run where there is no time for more', async () => {
  expect(await leastMs(timed({ 320: [80, 20] }), 320, 3, -Infinity)).toBe(80);
});

it('is not misled by slow runs of one side', async () => {
  const slowSmall = timed({ 320: [90, 20, 95, 99], 512: [60, 52, 52] });
  const speed = await measureSpeed(slowSmall, { threads: 1, untilMs });
  expect([msAt(speed, 320), msAt(speed, 512)].map(Math.round)).toEqual([20, 52]);
});

it('takes the time of frames that are detected at once, by their number', async () => {
  // Two runs of two frames: the slower of each two counts.
  expect(await leastMs(timed({ 320: [40, 30, 20, 26] }, 2), 320, 1, untilMs)).toBe(13);
});
