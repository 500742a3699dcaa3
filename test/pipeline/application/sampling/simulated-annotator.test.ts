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
    const annotator = new SimulatedAnnotator({ labelDelayMs: 500 });
    observe(annotator, 'a', [0, 0, 10, 10], [robot([50, 50, 60, 60]), robot([0, 0, 10, 12])], 100);
    expect(await issued(annotator, 599)).toEqual([]);
    expect(await issued(annotator, 600)).toEqual([
      { command: 'label', class: 'robot', target: { sampleId: 'a' } },
    ]);
    expect(await issued(annotator, 9999)).toEqual([]);
  });

  it('dismisses samples that show no object', async () => {
    const annotator = new SimulatedAnnotator({ labelDelayMs: 0 });
    observe(annotator, 'a', [0, 0, 10, 10], [robot([50, 50, 60, 60])]);
    observe(annotator, 'b', [0, 0, 10, 10], []);
    expect(await issued(annotator, 0)).toEqual([
      { command: 'dismiss', target: { sampleId: 'a' } },
      { command: 'dismiss', target: { sampleId: 'b' } },
    ]);
  });

  it('leaves doubtful samples unlabelled', async () => {
    const annotator = new SimulatedAnnotator({ labelDelayMs: 0 });
    // A third of the way off the object, and an object that can hardly be seen.
    observe(annotator, 'a', [0, 0, 10, 10], [robot([5, 0, 15, 10])]);
    observe(annotator, 'b', [0, 0, 10, 10], [robot([0, 0, 10, 10], 0.5)]);
    expect(await issued(annotator, 0)).toEqual([]);
  });

  it('labels nothing of a real camera', async () => {
    const annotator = new SimulatedAnnotator({ labelDelayMs: 0 });
    annotator.observe(makeSample('a'), { timestampMs: 0 });
    expect(await issued(annotator, 0)).toEqual([]);
  });

  it('issues due commands in order, each after the reply to the one before', async () => {
    const annotator = new SimulatedAnnotator({ labelDelayMs: 10 });
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
    const annotator = new SimulatedAnnotator({ labelDelayMs: 0, waitingMax: 2 });
    for (const id of ['a', 'b', 'c']) observe(annotator, id, [0, 0, 1, 1], []);
    expect(annotator.passedOver).toBe(1);
    expect(await issued(annotator, 0)).toHaveLength(2);
  });

  describe('that errs', () => {
    const robotAt: Box = [0, 0, 10, 10];
    const classAt = (name: string): TruthBox => ({ ...robot(robotAt), class: name });
    const classes = ['robot', 'cup', 'kite'];

    /** Observes this many samples, of the classes in turn, one each ms. */
    function observeMany(annotator: SimulatedAnnotator, count: number): string[] {
      return Array.from({ length: count }, (_, i) => {
        const name = classes[i % classes.length]!;
        observe(annotator, `s${i}`, robotAt, [classAt(name)], i);
        return name;
      });
    }

    const namesIn = (commands: readonly Command[]): string[] =>
      commands.flatMap((command) => (command.command === 'label' ? [command.class] : []));

    it('names other classes that it saw before, in its share of labels', async () => {
      const options = { labelDelayMs: 0, wrongLabelShare: 0.2, waitingMax: 2000 };
      const annotator = new SimulatedAnnotator(options);
      const right = observeMany(annotator, 1000);
      const given = namesIn(await issued(annotator, 2000));
      expect(given).toHaveLength(1000);
      const wrong = given.filter((name, i) => name !== right[i]);
      expect(wrong.length).toBeGreaterThan(150);
      expect(wrong.length).toBeLessThan(250);
      expect([...new Set(wrong)].sort()).toEqual([...classes].sort());
    });

    it('errs the same way for the same seed, and in another way for another', async () => {
      const given = async (seed: number): Promise<string[]> => {
        const annotator = new SimulatedAnnotator({ labelDelayMs: 0, wrongLabelShare: 0.5, seed });
        observeMany(annotator, 60);
        return namesIn(await issued(annotator, 2000));
      };
      expect(await given(3)).toEqual(await given(3));
      expect(await given(3)).not.toEqual(await given(4));
    });

    it('gives no wrong name before it has seen a second class', async () => {
      const annotator = new SimulatedAnnotator({ labelDelayMs: 0, wrongLabelShare: 1 });
      observeMany(annotator, 2);
      expect(namesIn(await issued(annotator, 9))).toEqual(['robot', 'robot']);
    });

    it('undoes a wrong label after its delay, and gives the right one', async () => {
      const annotator = new SimulatedAnnotator({
        ...{ labelDelayMs: 10, wrongLabelShare: 1, correctionDelayMs: 100 },
      });
      observeMany(annotator, 2);
      const sent: Command[] = [];
      annotator.commands$.subscribe(({ command, reply }) => {
        sent.push(command);
        reply({ ok: true, labelId: `l${sent.length}` });
      });
      await annotator.issueDue(110);
      expect(sent).toHaveLength(2);
      await annotator.issueDue(111);
      expect(sent.slice(2)).toEqual([
        { command: 'undo', labelId: 'l2' },
        { command: 'label', class: 'cup', target: { sampleId: 's1' } },
      ]);
    });

    it('needs one place for a correction, which is given whole or not at all', async () => {
      const annotator = new SimulatedAnnotator({
        ...{ labelDelayMs: 0, wrongLabelShare: 1, correctionDelayMs: 5, waitingMax: 2 },
      });
      observeMany(annotator, 2);
      const sent: Command[] = [];
      annotator.commands$.subscribe(({ command, reply }) => {
        sent.push(command);
        if (sent.length === 2) observe(annotator, 's9', robotAt, [classAt('robot')], 100);
        reply({ ok: true, labelId: `l${sent.length}` });
      });
      await annotator.issueDue(10);
      expect(sent.map(({ command }) => command)).toEqual(['label', 'label', 'undo', 'label']);
      expect(annotator.passedOver).toBe(0);
    });

    it('corrects no label that was refused', async () => {
      const annotator = new SimulatedAnnotator({
        ...{ labelDelayMs: 0, wrongLabelShare: 1, correctionDelayMs: 0 },
      });
      observeMany(annotator, 2);
      const sent: Command[] = [];
      annotator.commands$.subscribe(({ command, reply }) => {
        sent.push(command);
        reply({ ok: false, code: 'unknown-target', message: 'gone' });
      });
      await annotator.issueDue(10);
      expect(sent).toHaveLength(2);
    });
  });
});
