import { lastValueFrom, NEVER, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  endWithWorkers,
  type GivenUp,
} from '../../../../pipeline/application/supervision/end-with-workers.ts';

const reason = new Error('the learn worker failed 5 times');
const well: GivenUp = { state: 'running', lost: new Promise(() => undefined) };
const givenUp: GivenUp = { state: 'failed', lost: Promise.resolve(reason) };

describe('a stream that ends with its workers', () => {
  it('passes everything on while they work, what is emitted at once included', async () => {
    await expect(lastValueFrom(of(1, 2).pipe(endWithWorkers([well])))).resolves.toBe(2);
  });

  it('errors with the reason for which a worker is given up', async () => {
    await expect(lastValueFrom(NEVER.pipe(endWithWorkers([well, givenUp])))).rejects.toBe(reason);
  });

  it('gives that reason also where the stream errors because of it', async () => {
    const stream = throwError(() => new Error('the detector died'));
    await expect(lastValueFrom(stream.pipe(endWithWorkers([givenUp])))).rejects.toBe(reason);
  });

  it('passes on an error of its own', async () => {
    const own = new Error('no camera is left');
    const stream = throwError(() => own);
    await expect(lastValueFrom(stream.pipe(endWithWorkers([well])))).rejects.toBe(own);
  });

  it('completes with its source although a worker is never given up', async () => {
    const values = new Subject<number>();
    const last = lastValueFrom(values.pipe(endWithWorkers([well])), { defaultValue: 'nothing' });
    values.complete();
    await expect(last).resolves.toBe('nothing');
  });
});
