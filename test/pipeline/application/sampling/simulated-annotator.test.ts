import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { describe, expect, it } from 'vitest';
import type { TruthBox } from '../../../../operators/ingest/frames/frame.ts';
import { SimulatedAnnotator } from '../../../../pipeline/application/sampling/simulated-annotator.ts';
import type { Command } from '../../../../sinks/events.ts';
import { makeSample } from '../../../operators/remember/make-sample.ts';

const robot = (box: Box, visible = 1): TruthBox => ({
  ...{ objectId: 'o1', class: 'robot', box, visible },
});

/** The commands that an annotator issues by a time. */
async function issued(annotator: SimulatedAnnotator, nowMs: number): Promise<Command[]> {
  const commands: Command[] = [];
  const subscription = annotator.commands$.subscribe(({ command, by, reply }) => {
    expect(by).toBe('simulation');
    commands.push(command);
    reply({ ok: true });
  });
  await annotator.issueDue(nowMs);
  subscription.unsubscribe();
  return commands;
}

const observe = (
  annotator: SimulatedAnnotator,
  id: string,
  box: Box,
  truth: TruthBox[],
  timestampMs = 0,
) => annotator.observe(makeSample(id, { box }), { truth, timestampMs });

describe('the simulated annotator', () => {
  it('labels a sample with the object that it shows, after its delay', async () => {
    const annotator = new SimulatedAnnotator({ delayMs: 500 });
    observe(annotator, 'a', [0, 0, 10, 10], [robot([50, 50, 60, 60]), robot([0, 0, 10, 12])], 100);
    expect(await issued(annotator, 599)).toEqual([]);
    expect(await issued(annotator, 600)).toEqual([
      { command: 'label', class: 'robot', target: { sampleId: 'a' } },
    ]);
    expect(await issued(annotator, 9999)).toEqual([]);
  });

  it('dismisses samples that show no object', async () => {
    const annotator = new SimulatedAnnotator({ delayMs: 0 });
    observe(annotator, 'a', [0, 0, 10, 10], [robot([50, 50, 60, 60])]);
    observe(annotator, 'b', [0, 0, 10, 10], []);
    expect(await issued(annotator, 0)).toEqual([
      { command: 'dismiss', target: { sampleId: 'a' } },
      { command: 'dismiss', target: { sampleId: 'b' } },
    ]);
  });

  it('leaves doubtful samples unlabelled', async () => {
    const annotator = new SimulatedAnnotator({ delayMs: 0 });
    // A third of the way off the object, and an object that can hardly be seen.
    observe(annotator, 'a', [0, 0, 10, 10], [robot([5, 0, 15, 10])]);
    observe(annotator, 'b', [0, 0, 10, 10], [robot([0, 0, 10, 10], 0.5)]);
    expect(await issued(annotator, 0)).toEqual([]);
  });

  it('labels nothing of a real camera', async () => {
    const annotator = new SimulatedAnnotator({ delayMs: 0 });
    annotator.observe(makeSample('a'), { timestampMs: 0 });
    expect(await issued(annotator, 0)).toEqual([]);
  });

  it('issues due commands in order, each after the reply to the one before', async () => {
    const annotator = new SimulatedAnnotator({ delayMs: 10 });
    for (const [i, id] of ['a', 'b', 'c'].entries()) observe(annotator, id, [0, 0, 1, 1], [], i);
    let inFlight = 0;
    const order: string[] = [];
    annotator.commands$.subscribe(({ command, reply }) => {
      expect(++inFlight).toBe(1);
      if ('target' in command && 'sampleId' in command.target) order.push(command.target.sampleId);
      queueMicrotask(() => {
        inFlight--;
        reply({ ok: false, code: 'unknown-target', message: 'gone' });
      });
    });
    await annotator.issueDue(11);
    expect(order).toEqual(['a', 'b']);
  });

  it('keeps a bounded number of labels, and counts the rest', async () => {
    const annotator = new SimulatedAnnotator({ delayMs: 0, waitingMax: 2 });
    for (const id of ['a', 'b', 'c']) observe(annotator, id, [0, 0, 1, 1], []);
    expect(annotator.passedOver).toBe(1);
    expect(await issued(annotator, 0)).toHaveLength(2);
  });
});
