import { expect, it } from 'vitest';
import { inTimeAfter } from '../../../../operators/foundation/time/in-time-after.ts';

const never = new Promise<string>(() => undefined);
const soon = new Promise<string>((resolve) => setTimeout(() => resolve('done'), 20));

it('waits for work while nothing is aborted', async () => {
  await expect(inTimeAfter(new AbortController().signal, 0, soon)).resolves.toBe('done');
});

it('gives work its time after an abort, and no more', async () => {
  const controller = new AbortController();
  const result = inTimeAfter(controller.signal, 5, never);
  controller.abort();
  await expect(result).resolves.toBe(null);
  await expect(inTimeAfter(AbortSignal.abort(), 60_000, Promise.resolve(1))).resolves.toBe(1);
});

it('rejects as the work does', async () => {
  const failed = Promise.reject<string>(new Error('no disk'));
  await expect(inTimeAfter(new AbortController().signal, 5, failed)).rejects.toThrow('no disk');
});
