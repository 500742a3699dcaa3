import { describe, expect, it } from 'vitest';
import { Outbox } from '../../sinks/outbox.ts';

describe('an outbox', () => {
  it('returns messages in the order in which they were added', () => {
    const outbox = new Outbox<string>(10_000);
    for (const text of ['a', 'b', 'c']) outbox.add(null, text, 1, 2);
    expect([outbox.shift(), outbox.shift(), outbox.shift(), outbox.shift()]).toEqual([
      'a',
      'b',
      'c',
      null,
    ]);
    expect(outbox.bytes).toBe(0);
  });

  it('keeps only the newest message of a key, at its new position, and counts the older as dropped', () => {
    const outbox = new Outbox<string>(10_000);
    outbox.add('picture', 'old', 1, 0);
    outbox.add(null, 'between', 1, 3);
    outbox.add('picture', 'new', 1, 0);
    expect([outbox.shift(), outbox.shift(), outbox.shift()]).toEqual(['between', 'new', null]);
    expect(outbox.dropped).toBe(1);
  });

  it('evicts the least important messages first, the oldest of them before the others', () => {
    const outbox = new Outbox<string>(3 * (100 + 128));
    outbox.add(null, 'answer', 100, 3);
    outbox.add(null, 'first picture', 100, 0);
    outbox.add(null, 'second picture', 100, 0);
    outbox.add(null, 'detections', 100, 1);
    expect([outbox.shift(), outbox.shift(), outbox.shift()]).toEqual([
      'answer',
      'second picture',
      'detections',
    ]);
  });

  it('refuses a message less important than all waiting ones', () => {
    const outbox = new Outbox<string>(100 + 128);
    outbox.add(null, 'answer', 100, 3);
    expect(outbox.add(null, 'picture', 100, 0)).toBe(false);
    expect(outbox.shift()).toBe('answer');
    expect(outbox.dropped).toBe(1);
  });

  it('never holds more bytes than its cap minus the bytes held elsewhere', () => {
    const outbox = new Outbox<number>(5_000);
    for (let i = 0; i < 500; i++) {
      const elsewhere = (i * 37) % 3000;
      const isAccepted = outbox.add(
        i % 3 === 0 ? 'k' : null,
        i,
        (i * 53) % 900,
        (i % 4) as 0,
        elsewhere,
      );
      if (isAccepted) expect(outbox.bytes + elsewhere).toBeLessThanOrEqual(5_000);
      expect(outbox.bytes).toBeLessThanOrEqual(5_000);
    }
    expect(outbox.dropped).toBeGreaterThan(400);
  });

  it('never holds more than 1024 messages', () => {
    const outbox = new Outbox<number>(Infinity);
    for (let i = 0; i < 3000; i++) outbox.add(null, i, 0, 2);
    expect(outbox.size).toBe(1024);
    expect(outbox.shift()).toBe(3000 - 1024);
    expect(outbox.dropped).toBe(3000 - 1024);
  });
});
