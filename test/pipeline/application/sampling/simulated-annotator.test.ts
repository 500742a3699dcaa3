import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { describe, expect, it } from 'vitest';
import type { TruthBox } from '../../../../operators/ingest/frames/frame.ts';
import { SimulatedAnnotator } from '../../../../pipeline/application/sampling/simulated-annotator.ts';
import type { Command } from '../../../../sinks/events.ts';
import { makeSample } from '../../../operators/remember/make-sample.ts';

const robot = (box: Box, visible = 1): TruthBox => ({
  ...{ objectId: 'o1', class: 'robot', box, visible },
});

/** What the teacher says by a time. */
async function said(teacher: SimulatedAnnotator, nowMs: number): Promise<Command[]> {
  const commands: Command[] = [];
  await teacher.issueDue(nowMs, async (command, by) => {
    expect(by).toBe('simulation');
    commands.push(command);
    return { ok: true };
  });
  return commands;
}

const see = (
  teacher: SimulatedAnnotator,
  id: string,
  box: Box,
  truth: TruthBox[],
  timestampMs = 0,
) => teacher.observe(makeSample(id, { box }), { truth, timestampMs });

describe('the simulated teacher', () => {
  it('names what a sample shows, after its delay', async () => {
    const teacher = new SimulatedAnnotator({ delayMs: 500 });
    see(teacher, 'a', [0, 0, 10, 10], [robot([50, 50, 60, 60]), robot([0, 0, 10, 12])], 100);
    expect(await said(teacher, 599)).toEqual([]);
    expect(await said(teacher, 600)).toEqual([
      { command: 'label', class: 'robot', target: { sampleId: 'a' } },
    ]);
    expect(await said(teacher, 9999)).toEqual([]);
  });

  it('dismisses what shows no object', async () => {
    const teacher = new SimulatedAnnotator({ delayMs: 0 });
    see(teacher, 'a', [0, 0, 10, 10], [robot([50, 50, 60, 60])]);
    see(teacher, 'b', [0, 0, 10, 10], []);
    expect(await said(teacher, 0)).toEqual([
      { command: 'dismiss', target: { sampleId: 'a' } },
      { command: 'dismiss', target: { sampleId: 'b' } },
    ]);
  });

  it('leaves alone what nobody would be sure of', async () => {
    const teacher = new SimulatedAnnotator({ delayMs: 0 });
    // A third of the way off the object, and an object that can hardly be seen.
    see(teacher, 'a', [0, 0, 10, 10], [robot([5, 0, 15, 10])]);
    see(teacher, 'b', [0, 0, 10, 10], [robot([0, 0, 10, 10], 0.5)]);
    expect(await said(teacher, 0)).toEqual([]);
  });

  it('has nothing to say of a real camera', async () => {
    const teacher = new SimulatedAnnotator({ delayMs: 0 });
    teacher.observe(makeSample('a'), { timestampMs: 0 });
    expect(await said(teacher, 0)).toEqual([]);
  });

  it('says what is due in order, one after the other', async () => {
    const teacher = new SimulatedAnnotator({ delayMs: 10 });
    for (const [i, id] of ['a', 'b', 'c'].entries()) see(teacher, id, [0, 0, 1, 1], [], i);
    let underWay = 0;
    const order: string[] = [];
    await teacher.issueDue(11, async (command) => {
      expect(++underWay).toBe(1);
      await Promise.resolve();
      underWay--;
      if ('target' in command && 'sampleId' in command.target) order.push(command.target.sampleId);
      return { ok: false, code: 'unknown-target', message: 'gone' };
    });
    expect(order).toEqual(['a', 'b']);
  });

  it('keeps a bounded number in mind, and counts the rest', async () => {
    const teacher = new SimulatedAnnotator({ delayMs: 0, waitingMax: 2 });
    for (const id of ['a', 'b', 'c']) see(teacher, id, [0, 0, 1, 1], []);
    expect(teacher.passedOver).toBe(1);
    expect(await said(teacher, 0)).toHaveLength(2);
  });
});
