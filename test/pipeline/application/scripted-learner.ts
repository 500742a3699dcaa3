import { Subject } from 'rxjs';
import type { Restarted } from '../../../operators/foundation/threads/supervisor.ts';
import { evaluateCandidate, type GateInput } from '../../../operators/gate/gate.ts';
import type { Verdict } from '../../../operators/gate/verdict.ts';
import type { Update } from '../../../operators/learn/learner-messages.ts';
import type { Change, HeadDraft } from '../../../operators/learn/strategy.ts';
import { draft } from '../../operators/swap/sample-head.ts';
import { settle } from './scripted-camera.ts';

/** A learner that records its updates and answers when the test calls `answer` or `fail`. */
export class ScriptedLearner {
  readonly strategy = 'scripted';
  readonly restarted$ = new Subject<Restarted>();
  readonly asked: Change[] = [];
  /** Inputs of the gate. */
  readonly judged: GateInput[] = [];
  readonly restored: Uint8Array[] = [];
  /** Signals of the updates. */
  readonly signals: (AbortSignal | undefined)[] = [];
  #saves = 0;
  readonly #calls: { resolve: (update: Update) => void; reject: (error: Error) => void }[] = [];

  update(change: Change, signal?: AbortSignal): Promise<Update> {
    this.asked.push(change);
    this.signals.push(signal);
    return new Promise((resolve, reject) => this.#calls.push({ resolve, reject }));
  }

  async evaluate(input: GateInput): Promise<Verdict> {
    this.judged.push(input);
    return evaluateCandidate(input);
  }

  async save(): Promise<Uint8Array> {
    return Uint8Array.of(++this.#saves);
  }

  async restore(bytes: Uint8Array): Promise<void> {
    this.restored.push(bytes);
  }

  async answer(head: HeadDraft = draft(['cone'])): Promise<void> {
    this.#calls.shift()?.resolve({ draft: head, updateMs: 1, cpuMs: 1, trainedOn: 'hash' });
    await settle();
  }

  async fail(error = new Error('out of luck')): Promise<void> {
    this.#calls.shift()?.reject(error);
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
