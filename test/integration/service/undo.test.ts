import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ServiceFolder } from '../../../pipeline/laboratory/benchmarks/rig/service/service.ts';

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create();
});
afterEach(() => folder.stopAll());
afterAll(() => folder.remove());

describe('undo', () => {
  it('of the last label of a class takes the class out, and others are learned', async () => {
    const service = await folder.start({ state: 'last-label' });
    const robot = await service.label('robot', 0);
    await service.knows(['robot']);
    await service.accepted({ command: 'undo', labelId: robot.labelId! });
    await service.knows([]);
    await service.label('guitar', 1);
    await service.knows(['guitar']);
  });

  it('of a label that another one has replaced leaves the newer one in force', async () => {
    const service = await folder.start({ state: 'replaced' });
    const first = await service.label('robot', 0);
    const { sampleId } = first;
    const second = await service.labelTarget('guitar', { sampleId });
    await service.accepted({ command: 'undo', labelId: first.labelId! });
    await service.settled();
    expect(service.labelOf(sampleId)).toBe('guitar');
    await service.knows(['guitar']);

    await service.accepted({ command: 'undo', labelId: second.labelId! });
    await service.settled();
    expect(service.labelOf(sampleId)).toBe(null);
    await service.knows([]);
  });

  it('of the newest label brings the one before back, and each can be undone once', async () => {
    const service = await folder.start({ state: 'stack' });
    const { sampleId, labelId } = await service.label('robot', 0);
    await service.labelTarget('guitar', { sampleId });
    await service.knows(['guitar']);
    await service.accepted({ command: 'undo' });
    await service.knows(['robot']);
    expect(service.labelOf(sampleId)).toBe('robot');
    await service.accepted({ command: 'undo' });
    await service.knows([]);
    const again = await service.client.send({ command: 'undo', labelId: labelId! });
    expect(again).toMatchObject({ ok: false, code: 'nothing-to-undo' });
  });

  it('reaches labels of an earlier run', async () => {
    const state = 'earlier-run';
    const first = await folder.start({ state });
    const { labelId } = await first.label('robot', 0);
    await first.label('guitar', 1);
    await first.knows(['robot', 'guitar']);
    await first.stop();

    const second = await folder.start({ state });
    await second.knows(['robot', 'guitar']);
    await second.accepted({ command: 'undo', labelId: labelId! });
    await second.knows(['guitar']);
  });
});

describe('notA', () => {
  it('of another class leaves the name of a sample as it is', async () => {
    const service = await folder.start({ state: 'not-a' });
    const { sampleId } = await service.label('vase', 0);
    await service.label('cone', 1);
    await service.knows(['vase', 'cone']);
    await service.accepted({ command: 'notA', class: 'cone', target: { sampleId } });
    await service.settled();
    expect(service.labelOf(sampleId)).toBe('vase');
    // Another label makes sure that an update has taken in what came before.
    await service.label('ball', 3);
    await service.knows(['vase', 'cone', 'ball']);
  });
});
