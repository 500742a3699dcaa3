import { describe, expect, it } from 'vitest';
import { runInSteps } from '../../../../operators/foundation/threads/run-in-steps.ts';

function* countTo(end: number): Generator<void, number> {
  for (let i = 1; i < end; i++) yield;
  return end;
}

describe('running in steps', () => {
  it('pauses after each step and returns the result', async () => {
    let pauses = 0;
    const pause = async () => {
      pauses++;
    };
    expect(await runInSteps(countTo(4), pause, undefined)).toBe(4);
    expect(pauses).toBe(3);
  });

  it('stops at the next pause after it is aborted', async () => {
    const controller = new AbortController();
    let pauses = 0;
    const pause = async () => {
      if (++pauses === 2) controller.abort(new Error('no longer needed'));
    };
    await expect(runInSteps(countTo(9), pause, controller.signal)).rejects.toThrow(
      'no longer needed',
    );
    expect(pauses).toBe(2);
  });
});
