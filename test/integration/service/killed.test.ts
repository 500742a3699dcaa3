import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ServiceFolder } from '../../../pipeline/laboratory/benchmarks/rig/service/service.ts';

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create();
});
afterEach(() => folder.stopAll());
afterAll(() => folder.remove());

/** Labels start no update in these runs. */
const learnNever = {
  learn: { minLabels: 10_000, maxWaitMs: 86_400_000, heldOutShare: 0 },
};

describe('a program that is killed (SIGKILL)', () => {
  it('right after the answer to a label learns it at the next start', async () => {
    const state = 'label';
    const first = await folder.start({ state });
    await first.label('robot', 0);
    await first.kill();

    const second = await folder.start({ state });
    await second.knows(['robot']);
    await second.label('guitar', 1);
    await second.knows(['robot', 'guitar']);
  });

  it('right after a swap goes on learning at the next start', async () => {
    const state = 'swap';
    const first = await folder.start({ state });
    await first.label('robot', 0);
    await first.knows(['robot']);
    await first.kill();

    const second = await folder.start({ state });
    await second.knows(['robot']);
    await second.label('guitar', 1);
    await second.knows(['robot', 'guitar']);
  });

  it('right after the answer to an undo has taken the label back at the next start', async () => {
    const state = 'undo';
    const first = await folder.start({ state });
    const { labelId } = await first.label('robot', 0);
    await first.label('guitar', 1);
    await first.knows(['robot', 'guitar']);
    await first.accepted({ command: 'undo', labelId: labelId! });
    await first.kill();

    const second = await folder.start({ state });
    await second.knows(['guitar']);
  });

  it('keeps a dismissal, which can be undone at the next start', async () => {
    const state = 'dismissal';
    const first = await folder.start({ state });
    const { sampleId } = await first.label('robot', 0);
    await first.knows(['robot']);
    const { labelId } = await first.accepted({ command: 'dismiss', target: { sampleId } });
    await first.kill();

    const second = await folder.start({ state });
    await second.knows([]);
    await second.accepted({ command: 'undo', labelId: labelId! });
    await second.settled();
    expect(second.labelOf(sampleId)).toBe('robot');
    await second.knows(['robot']);
  });

  it('keeps the labels of which no head has gone live', async () => {
    const state = 'unlearned';
    const first = await folder.start({ state, config: learnNever });
    const { sampleId } = await first.label('robot', 0);
    const { labelId } = await first.labelTarget('guitar', { sampleId });
    await first.kill();

    const second = await folder.start({ state, config: learnNever });
    await second.accepted({ command: 'undo', labelId: labelId! });
    await second.settled();
    expect(second.labelOf(sampleId)).toBe('robot');
  });

  it('keeps the version that a rollback has activated', async () => {
    const state = 'rollback';
    const first = await folder.start({ state });
    await first.label('robot', 0);
    await first.knows(['robot']);
    await first.label('guitar', 1);
    await first.knows(['robot', 'guitar']);
    const version = await first.versionWith('robot');
    await first.versionWith('guitar');
    const rollback = { command: 'rollback', version } as const;
    expect(await first.accepted(rollback)).toMatchObject({ headVersion: version });
    await first.kill();

    const second = await folder.start({ state, config: learnNever });
    expect(second.client.messages[0]).toMatchObject({
      type: 'hello',
      headVersion: version,
      classes: ['robot'],
    });
  });
});

describe('a program that is stopped (SIGINT) while labels wait', () => {
  it('learns them at the next start', async () => {
    const state = 'waiting';
    const first = await folder.start({ state, config: learnNever });
    await first.label('robot', 0);
    await first.stop();

    const second = await folder.start({ state });
    await second.knows(['robot']);
  });

  it('takes another label for such a sample at the next start', async () => {
    const state = 'relabelled';
    const first = await folder.start({ state, config: learnNever });
    const { sampleId } = await first.label('robot', 0);
    await first.stop();

    const second = await folder.start({ state, config: learnNever });
    await second.labelTarget('guitar', { sampleId });
    await second.stop();

    const third = await folder.start({ state });
    await third.knows(['guitar']);
    await third.labelTarget('lantern', { sampleId });
    await third.knows(['lantern']);
  });
});
