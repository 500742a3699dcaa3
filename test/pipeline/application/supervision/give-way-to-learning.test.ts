import { describe, expect, it } from 'vitest';
import {
  giveWayAfterMs,
  giveWayToLearning,
} from '../../../../pipeline/application/supervision/give-way-to-learning.ts';

describe('a live loop', () => {
  it('gives way once a label or an update has waited for a while, and only then', () => {
    const commands = { busySinceMs: null as number | null };
    const model = { busySinceMs: null as number | null };
    let nowMs = 0;
    const givesWay = giveWayToLearning([commands, model], () => nowMs);
    nowMs = 1_000_000;
    expect(givesWay()).toBe(false);
    model.busySinceMs = nowMs;
    nowMs += giveWayAfterMs;
    expect(givesWay()).toBe(false);
    nowMs++;
    expect(givesWay()).toBe(true);
    model.busySinceMs = null;
    expect(givesWay()).toBe(false);
    commands.busySinceMs = 0;
    expect(givesWay()).toBe(true);
  });
});
