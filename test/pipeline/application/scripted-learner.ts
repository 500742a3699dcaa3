import type { Update } from '../../../operators/learn/learner-messages.ts';
import type { Change, HeadDraft } from '../../../operators/learn/strategy.ts';
import { draft } from '../../operators/swap/sample-head.ts';
import { settle } from './scripted-camera.ts';

/** A learner that records its updates and answers when the test calls `answer` or `fail`. */
export class ScriptedLearner {
  readonly asked: Change[] = [];
  readonly #calls: { resolve: (update: Update) => void; reject: (error: Error) => void }[] = [];

  update(change: Change): Promise<Update> {
    this.asked.push(change);
    return new Promise((resolve, reject) => this.#calls.push({ resolve, reject }));
  }

  async answer(head: HeadDraft = draft(['cone'])): Promise<void> {
    this.#calls.shift()?.resolve({ draft: head, updateMs: 1, cpuMs: 1, trainedOn: 'hash' });
    await settle();
  }

  async fail(): Promise<void> {
    this.#calls.shift()?.reject(new Error('out of luck'));
    await settle();
  }

  /** Ids and labels of the newest request. */
  get added(): string[] {
    return (this.asked.at(-1)?.added ?? []).map(({ id, label }) => `${id} ${label}`);
  }

  get removed(): string[] {
    return (this.asked.at(-1)?.removed ?? []).map(({ id, label }) => `${id} ${label}`);
  }
}
