import { describe, expect, it } from 'vitest';
import { Courtesy, courtesyLimits } from '../../../operators/learn/courtesy.ts';

/** A thread whose times the test sets. */
function thread() {
  const state = { nowMs: 0, waitedMs: 0 as number | null, rests: [] as number[] };
  const courtesy = new Courtesy({
    nowMs: () => state.nowMs,
    waitedMs: () => state.waitedMs,
    rest: (ms) => Promise.resolve(state.rests.push(ms)),
  });
  return { state, courtesy };
}

const { politeMs, restMaxMs } = courtesyLimits;

describe('a courteous thread', () => {
  it('does not rest where it never waits for a processor', async () => {
    const { state, courtesy } = thread();
    state.nowMs = 1000;
    await courtesy.rest();
    expect(state.rests).toEqual([]);
  });

  it('rests for as long as it had to wait since the last piece of work', async () => {
    const { state, courtesy } = thread();
    state.waitedMs = 20;
    await courtesy.rest();
    state.waitedMs = 32;
    await courtesy.rest();
    expect(state.rests).toEqual([20, 12]);
  });

  it('never rests for longer than its limit', async () => {
    const { state, courtesy } = thread();
    state.waitedMs = 10_000;
    await courtesy.rest();
    expect(state.rests).toEqual([restMaxMs]);
  });

  it('rests less the longer a label waits, and no more after a while', async () => {
    const { state, courtesy } = thread();
    const done = courtesy.begin();
    for (const share of [0, 0.5, 1, 40]) {
      state.nowMs = share * politeMs;
      state.waitedMs! += 20;
      await courtesy.rest();
    }
    expect(state.rests).toEqual([20, 10]);
    done();
    state.waitedMs! += 20;
    await courtesy.rest();
    expect(state.rests).toEqual([20, 10, 20]);
  });

  it('goes by the oldest of the labels that wait', async () => {
    const { state, courtesy } = thread();
    const done = courtesy.begin();
    state.nowMs = politeMs;
    courtesy.begin();
    expect(courtesy.politeness).toBe(0);
    done();
    expect(courtesy.politeness).toBe(1);
  });

  it('does not rest where the system does not tell how long it waited', async () => {
    const { state, courtesy } = thread();
    state.waitedMs = null;
    await courtesy.rest();
    expect(state.rests).toEqual([]);
  });
});
