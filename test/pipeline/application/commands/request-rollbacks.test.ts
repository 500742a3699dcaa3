import { of } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import { StateError } from '../../../../operators/foundation/files/state-error.ts';
import { InFlight } from '../../../../operators/foundation/streams/in-flight.ts';
import { HeadHistory } from '../../../../operators/swap/head-history.ts';
import type { SwapEvent } from '../../../../operators/swap/swap.ts';
import { requestRollbacks } from '../../../../pipeline/application/commands/request-rollbacks.ts';
import type { PendingRollback } from '../../../../pipeline/application/learning/model-event.ts';
import type { CommandResult } from '../../../../sinks/events.ts';
import { draft } from '../../../operators/swap/sample-head.ts';
import { person } from '../../../sinks/principals.ts';

let heads: HeadHistory;
let inFlight: InFlight;
let replies: CommandResult[];

beforeEach(() => {
  heads = new HeadHistory(emptyHead());
  heads.accept(heads.number(draft(['cone'])));
  inFlight = new InFlight();
  replies = [];
});

/** Asks for a rollback; undefined where it is refused at once. */
function ask(version?: number): PendingRollback | undefined {
  const pending: PendingRollback[] = [];
  const command = { command: 'rollback', ...(version === undefined ? {} : { version }) } as const;
  const reply = (result: CommandResult): void => void replies.push(result);
  of({ command, by: 'person:anna', principal: person, reply })
    .pipe(requestRollbacks(heads, inFlight))
    .subscribe((request) => pending.push(request));
  return pending[0];
}

describe('a rollback', () => {
  it('is asked for in the name of its sender, and not answered before its outcome', () => {
    const request = ask();
    expect(request).toMatchObject({ type: 'rollback', by: 'person:anna' });
    expect([replies, inFlight.count]).toEqual([[], 1]);
  });

  it('to a version that is not held is refused at once', () => {
    expect(ask(9)).toBeUndefined();
    expect(replies).toMatchObject([{ ok: false, code: 'unknown-version' }]);
    expect(inFlight.count).toBe(0);
  });

  const failed = (stage: 'queue' | 'install', error: Error) => (request: PendingRollback) =>
    ({ type: 'failed', request, stage, error }) as const;
  const done = (unsaved?: Error) => (request: PendingRollback) => ({
    ...({ type: 'rolled-back', request, head: emptyHead(), from: 1 } as const),
    ...(unsaved && { unsaved }),
  });
  const full = new StateError('unwritable', 'state', 'the disk is full');

  it.each<[string, (request: PendingRollback) => SwapEvent, object]>([
    ['worked', done(), { ok: true, headVersion: 0 }],
    [
      'waits behind too many',
      failed('queue', new Error('16 requests wait already')),
      { ok: false, code: 'failed', message: '16 requests wait already' },
    ],
    [
      'the detector did not take',
      failed('install', new Error('worker gone')),
      { ok: false, code: 'failed', message: 'worker gone' },
    ],
    [
      'was not saved',
      done(full),
      {
        ...{ ok: false, code: 'not-saved' },
        message: expect.stringMatching(/^head 0 is active until lifelens ends.*disk is full$/),
      },
    ],
  ])('that %s is answered so', (_, outcomeOf, reply) => {
    const request = ask()!;
    request.settled(outcomeOf(request));
    expect(replies).toEqual([reply]);
    expect(inFlight.count).toBe(0);
  });
});
