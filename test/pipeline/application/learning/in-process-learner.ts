import { Subject } from 'rxjs';
import type { Restarted } from '../../../../operators/foundation/threads/supervisor.ts';
import { evaluateCandidate, type GateInput } from '../../../../operators/gate/gate.ts';
import type { Verdict } from '../../../../operators/gate/verdict.ts';
import type { Update } from '../../../../operators/learn/learner-messages.ts';
import {
  createStrategy,
  type StrategyName,
} from '../../../../operators/learn/strategies/strategy-registry.ts';
import type { Change, Strategy } from '../../../../operators/learn/strategy.ts';

/** A strategy without a thread, by default `tally`. Its gate accepts every head; a test lets updates fail. */
export class InProcessLearner {
  readonly restarted$ = new Subject<Restarted>();
  failing = false;
  readonly strategy: string;
  readonly #strategy: Strategy;

  constructor(name: StrategyName = 'tally') {
    this.strategy = name;
    this.#strategy = createStrategy(name, { seed: 3 });
  }

  async update(change: Change, signal?: AbortSignal): Promise<Update> {
    if (this.failing) throw new Error('out of luck');
    const draft = await this.#strategy.update(change, signal);
    return { draft, updateMs: 1, cpuMs: 1, trainedOn: 'hash' };
  }

  async evaluate(input: GateInput): Promise<Verdict> {
    return { ...evaluateCandidate({ ...input, heldOut: [] }), accepted: true };
  }

  async save(): Promise<Uint8Array> {
    return this.#strategy.save();
  }

  async restore(bytes: Uint8Array): Promise<void> {
    this.#strategy.restore(bytes);
  }
}
