import { firstValueFrom } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { LearnerOptions } from '../../../operators/learn/learner.ts';
import {
  SupervisedLearner,
  type SupervisedLearnerOptions,
} from '../../../operators/learn/supervised-learner.ts';
import { changeOf, makeExamples } from './make-example.ts';
import { makeScene } from './make-scene.ts';

const engineModule = new URL('./fake-engine-module.ts', import.meta.url);
const strategyModule = new URL('./misbehaving-strategy.ts', import.meta.url);
const crop = new Uint8Array(160 * 160 * 3).fill(7);
const open: SupervisedLearner[] = [];

async function start(
  options: LearnerOptions = {},
  supervision: Partial<SupervisedLearnerOptions> = {},
) {
  const notices: string[] = [];
  const learner = await SupervisedLearner.start(
    { engineModule, strategyModule, ...options },
    {
      onNotice: (line) => notices.push(line),
      restoreState: () => Promise.resolve(null),
      limits: { backoffFirstMs: 1, backoffMaxMs: 1 },
      ...supervision,
    },
  );
  open.push(learner);
  return { learner, notices };
}

const labelled = (label: string, count = 2) => changeOf({ added: makeExamples(label, count) });

afterEach(async () => {
  await Promise.all(open.splice(0).map((learner) => learner.close(0)));
});

describe('a supervised learner', () => {
  it.each([
    ['exits', 'exit', 'the learn worker ended with code 7'],
    ['throws outside of a call', 'throw', 'the learn worker died: thrown outside of a call'],
    ['loops for ever', 'loop', 'it has answered nothing for'],
  ] as const)('whose thread %s learns on with the state it had', async (_, label, reason) => {
    let saved: Uint8Array | null = null;
    const { learner, notices } = await start(
      { watchdog: { silentMaxMs: 500, everyMs: 50 } },
      { restoreState: () => Promise.resolve(saved) },
    );
    await learner.update(labelled('a'));
    saved = await learner.save();
    const restarted = firstValueFrom(learner.restarted$);
    const update = learner.update(labelled(label));
    await expect(update).rejects.toMatchObject({ name: 'LearnerError', code: 'died' });
    expect(await restarted).toEqual({ restored: true });
    expect(notices[0]).toContain(reason);
    expect(notices[0]).toContain('it is restarted in');
    expect((await learner.update(labelled('b'))).draft.classes).toEqual(['a', 'b']);
    expect(learner.detail).toMatch(/^running, restarted 1 time, last \d+ s ago$/);
  });

  it('refuses crops while it restarts, and carries out other calls afterwards', async () => {
    const { learner } = await start();
    const lost = learner.update(labelled('exit'));
    await expect(lost).rejects.toMatchObject({ code: 'died' });
    expect(learner.state).toBe('restarting');
    const embedding = learner.embedCrops(crop, new Float32Array(2), 1);
    const examined = learner.examine(makeScene());
    const updated = learner.update(labelled('a'));
    await expect(embedding).rejects.toMatchObject({ code: 'busy' });
    expect(learner.rejected).toBe(1);
    await expect(examined).resolves.toBeDefined();
    expect((await updated).draft.classes).toEqual(['a']);
    await expect(learner.embedCrops(crop, new Float32Array(2), 1)).resolves.toBeDefined();
  });

  it('starts from nothing where the saved state is unusable, and says so', async () => {
    const { learner, notices } = await start(
      {},
      { restoreState: () => Promise.resolve(Uint8Array.of(1, 2, 3)) },
    );
    const restarted = firstValueFrom(learner.restarted$);
    await expect(learner.update(labelled('exit'))).rejects.toMatchObject({ code: 'died' });
    expect(await restarted).toEqual({ restored: false });
    expect(notices[1]).toContain("the learner's state is not restored: Not a usable learner state");
    expect((await learner.update(labelled('a'))).draft.classes).toEqual(['a']);
  });

  it('is given up where it dies again and again, with the reason', async () => {
    const { learner } = await start({}, { limits: { failuresMax: 2, backoffFirstMs: 1 } });
    await expect(learner.update(labelled('exit'))).rejects.toMatchObject({ code: 'died' });
    await expect(learner.update(labelled('exit'))).rejects.toMatchObject({ code: 'died' });
    expect(await learner.lost).toMatchObject({
      code: 'died',
      message: 'the learn worker failed 2 times, last because the learn worker ended with code 7',
    });
    expect(learner.state).toBe('failed');
    await expect(learner.update(labelled('a'))).rejects.toMatchObject({ code: 'died' });
  });

  it('aborts an update that would go on for ever, and learns on', async () => {
    const { learner } = await start();
    const controller = new AbortController();
    const update = learner.update(labelled('endless'), controller.signal);
    controller.abort(new Error('the run ends'));
    await expect(update).rejects.toThrow('the run ends');
    expect((await learner.update(labelled('a'))).draft.classes).toEqual(['a']);
  });

  it('closes in its time although its thread loops for ever', async () => {
    const { learner } = await start();
    const update = learner.update(labelled('loop'));
    const outcome = expect(update).rejects.toMatchObject({ code: 'closed' });
    await learner.close(100);
    await outcome;
  });
});
