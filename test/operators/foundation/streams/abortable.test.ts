import { lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { abortable } from '../../../../operators/foundation/streams/abortable.ts';

it('emits the result of the work', async () => {
  await expect(lastValueFrom(abortable(() => Promise.resolve(1)))).resolves.toBe(1);
});

it('errors as the work does', async () => {
  const failing = abortable(() => Promise.reject<number>(new Error('no')));
  await expect(lastValueFrom(failing)).rejects.toThrow('no');
});

it('aborts the work on unsubscription, and starts it on subscription only', () => {
  const signals: AbortSignal[] = [];
  const work = abortable((signal) => {
    signals.push(signal);
    return new Promise<never>(() => undefined);
  });
  expect(signals).toEqual([]);
  work.subscribe().unsubscribe();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});
