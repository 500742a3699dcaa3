import { describe, expect, it } from 'vitest';
import { LearnTrigger } from '../../../operators/learn/trigger.ts';

const options = { minLabels: 3, maxWaitMs: 1000, coolDownMs: 400 };

describe('LearnTrigger', () => {
  it('is never due while nothing waits', () => {
    const trigger = new LearnTrigger(options);
    expect(trigger.dueMs).toBe(Infinity);
    expect(trigger.take(1e9)).toBeNull();
  });

  it('is due at once with enough labels', () => {
    const trigger = new LearnTrigger(options);
    trigger.label(10, 2);
    expect(trigger.take(10)).toBeNull();
    trigger.label(20);
    expect(trigger.waiting).toBe(3);
    expect(trigger.take(20)).toBe('labels');
    expect(trigger.waiting).toBe(0);
  });

  it('is due when the oldest label has waited long enough', () => {
    const trigger = new LearnTrigger(options);
    trigger.label(100);
    trigger.label(900);
    expect(trigger.dueMs).toBe(1100);
    expect(trigger.take(1099)).toBeNull();
    expect(trigger.take(1100)).toBe('age');
  });

  it('is due on drift, labels or not', () => {
    const trigger = new LearnTrigger(options);
    trigger.drift();
    expect(trigger.take(0)).toBe('drift');
    expect(trigger.dueMs).toBe(Infinity);
  });

  it('keeps the cool-down, whatever waits', () => {
    const trigger = new LearnTrigger(options);
    trigger.label(0, 3);
    expect(trigger.take(0)).toBe('labels');
    trigger.label(1, 9);
    trigger.drift();
    expect(trigger.dueMs).toBe(400);
    expect(trigger.take(399)).toBeNull();
    expect(trigger.take(400)).toBe('labels');
  });

  it('starts to wait afresh after every update', () => {
    const trigger = new LearnTrigger(options);
    trigger.label(0);
    trigger.take(1000);
    trigger.label(1500);
    expect(trigger.dueMs).toBe(2500);
  });
});
