import { describe, expect, it } from 'vitest';
import { DurableIds, idBlock, type IdMarks } from '../../../pipeline/state/durable-ids.ts';

class Marks {
  recorded: Partial<IdMarks> = {};
  failing = false;

  open(): DurableIds {
    return new DurableIds(this.recorded, async (marks) => {
      if (this.failing) throw new Error('disk full');
      this.recorded = marks;
    });
  }
}

const unexpected = (error: unknown): never => {
  throw error;
};

describe('durable numbers', () => {
  it('go on exactly where a clean run ended', async () => {
    const marks = new Marks();
    const ids = marks.open();
    await ids.reserve();
    ids.note('sample', 7, unexpected);
    await ids.settle();
    expect(marks.open().used('sample')).toBe(7);
    expect(marks.open().used('track')).toBe(0);
  });

  it('that were given after the last note are recorded at the end', async () => {
    const marks = new Marks();
    const ids = marks.open();
    await ids.reserve();
    let newest = 0;
    ids.follow('box', () => newest);
    newest = 3;
    await ids.settle();
    expect(marks.open().used('box')).toBe(3);
  });

  it('leave a block out after a crash, and so repeat none', async () => {
    const marks = new Marks();
    const ids = marks.open();
    await ids.reserve();
    ids.note('box', 7, unexpected);
    expect(marks.open().used('box')).toBe(idBlock);
  });

  it('are reserved anew before a block is used up', async () => {
    const marks = new Marks();
    const ids = marks.open();
    await ids.reserve();
    for (let number = 1; number <= 5 * idBlock; number++) {
      ids.note('track', number, unexpected);
      if (number % 50 === 0) await Promise.resolve();
      expect(marks.recorded.track).toBeGreaterThanOrEqual(number);
    }
  });

  it('are reserved again where that failed', async () => {
    const marks = new Marks();
    const ids = marks.open();
    await ids.reserve();
    const failures: unknown[] = [];
    marks.failing = true;
    ids.note('track', idBlock - 10, (error) => failures.push(error));
    await new Promise((resolve) => setImmediate(resolve));
    expect(failures).toHaveLength(1);
    marks.failing = false;
    ids.note('track', idBlock - 9, unexpected);
    expect(marks.recorded.track).toBeGreaterThan(idBlock);
  });
});
