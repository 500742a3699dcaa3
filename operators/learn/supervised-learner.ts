import type { Observable } from 'rxjs';
import type { EmbeddingLayout } from '../detect/engines/embedding-layout.ts';
import type { Sight } from '../detect/engines/engine.ts';
import { messageOf } from '../foundation/errors/message-of.ts';
import {
  type Restarted,
  type SupervisedState,
  Supervisor,
  type SupervisorOptions,
} from '../foundation/threads/supervisor.ts';
import type { GateInput } from '../gate/gate.ts';
import type { ViewPlan } from '../ingest/frames/view-plan.ts';
import type { Verdict } from '../gate/verdict.ts';
import type { Evidence, Scene } from './examples/scene.ts';
import { LearnerError } from './learner-error.ts';
import type { Update } from './learner-messages.ts';
import { Learner, type LearnerOptions } from './learner.ts';
import type { Change } from './strategy.ts';

/** Settings of {@link SupervisedLearner.start} besides those of its learner. */
export interface SupervisedLearnerOptions extends Pick<
  SupervisorOptions<Learner>,
  'onNotice' | 'limits'
> {
  /**
   * The newest saved state, which a restarted learner restores; null where there is none. Where it
   * rejects, or the state is unusable, the learner starts from nothing.
   */
  readonly restoreState: () => Promise<Uint8Array | null>;
}

/** Calls besides crops that wait for a restart; the next one is refused. */
export const waitingForRestartMax = 64;

/**
 * A learner whose worker is started anew, with its saved state, when it dies or hangs.
 *
 * Calls that the worker has not answered by then reject with a `LearnerError` `died`. While it
 * restarts, crops are refused as `busy`, since the next frame brings new ones; other calls wait,
 * bounded in time and number. `restarted$` tells that what was learned since the save is to be
 * learned again.
 */
export class SupervisedLearner implements Pick<Learner, keyof Learner> {
  readonly #supervisor: Supervisor<Learner>;
  #waiting = 0;
  #refused = 0;

  /** Starts the worker. Rejects with a `LearnerError` `unavailable` if that fails. */
  static async start(
    options: LearnerOptions,
    { onNotice, limits = {}, restoreState }: SupervisedLearnerOptions,
    start = (): Promise<Learner> => Learner.start(options),
  ): Promise<SupervisedLearner> {
    const supervisor = await Supervisor.start<Learner>({
      name: 'the learn worker',
      start,
      restore: async (learner) => {
        try {
          const bytes = await restoreState();
          if (bytes === null) return false;
          await learner.restore(bytes);
          return true;
        } catch (error) {
          // A learner without its state can be taught again; a dead one can not.
          if (error instanceof LearnerError && error.code === 'died') throw error;
          onNotice(`the learner's state is not restored: ${messageOf(error)}`, 'warn');
          return false;
        }
      },
      onNotice,
      limits,
    });
    return new SupervisedLearner(supervisor);
  }

  private constructor(supervisor: Supervisor<Learner>) {
    this.#supervisor = supervisor;
  }

  get reason(): string {
    return this.#supervisor.newest.reason;
  }

  get strategy(): string {
    return this.#supervisor.newest.strategy;
  }

  get viewSize(): ViewPlan {
    return this.#supervisor.newest.viewSize;
  }

  get sight(): Sight {
    return this.#supervisor.newest.sight;
  }

  get cropSize(): number {
    return this.#supervisor.newest.cropSize;
  }

  get embedding(): EmbeddingLayout {
    return this.#supervisor.newest.embedding;
  }

  /** Calls refused by the newest worker, and for want of one. */
  get rejected(): number {
    return this.#refused + this.#supervisor.newest.rejected;
  }

  /** Resolves when the newest worker's thread has ended, for whatever reason. */
  get exited(): Promise<void> {
    return this.#supervisor.newest.exited;
  }

  /** Resolves with a `LearnerError` `died` when the worker is given up. */
  get lost(): Promise<Error> {
    return this.#supervisor.failed.then((cause) => {
      return new LearnerError('died', cause.message, { cause });
    });
  }

  get state(): SupervisedState {
    return this.#supervisor.state;
  }

  /** One line about the worker, for a health check. */
  get detail(): string {
    return this.#supervisor.detail;
  }

  /** Emits after each restart, once calls are answered again. */
  get restarted$(): Observable<Restarted> {
    return this.#supervisor.restarted$;
  }

  /** See {@link Learner.embedCrops}. */
  embedCrops(crops: Uint8Array, logSizes: Float32Array, count: number): Promise<Float32Array> {
    if (this.state === 'restarting') return this.#refuse('embedCrops');
    return this.#supervisor.newest.embedCrops(crops, logSizes, count);
  }

  /** See {@link Learner.examine}. */
  examine(scene: Scene): Promise<Evidence> {
    return this.#call('examine', (learner) => learner.examine(scene));
  }

  /** See {@link Learner.update}. */
  update(change: Change, signal?: AbortSignal): Promise<Update> {
    return this.#call('update', (learner) => learner.update(change, signal));
  }

  /** See {@link Learner.evaluate}. */
  evaluate(input: GateInput, signal?: AbortSignal): Promise<Verdict> {
    return this.#call('evaluate', (learner) => learner.evaluate(input, signal));
  }

  /** See {@link Learner.save}. */
  save(): Promise<Uint8Array> {
    return this.#call('save', (learner) => learner.save());
  }

  /** See {@link Learner.restore}. */
  restore(bytes: Uint8Array): Promise<void> {
    return this.#call('restore', (learner) => learner.restore(bytes));
  }

  /** See {@link Learner.close}; the worker is restarted no more. */
  close(withinMs?: number): Promise<void> {
    return this.#supervisor.close(withinMs);
  }

  /** Calls at once where the worker runs: its arguments may be read before the call returns. */
  #call<Result>(name: string, work: (learner: Learner) => Promise<Result>): Promise<Result> {
    if (this.state !== 'restarting') return work(this.#supervisor.newest);
    if (this.#waiting >= waitingForRestartMax) return this.#refuse(name);
    return this.#afterRestart(name, work);
  }

  async #afterRestart<Result>(
    name: string,
    work: (learner: Learner) => Promise<Result>,
  ): Promise<Result> {
    this.#waiting++;
    try {
      const learner = await this.#supervisor.running();
      return await (learner === null ? this.#refuse(name) : work(learner));
    } finally {
      this.#waiting--;
    }
  }

  #refuse(name: string): Promise<never> {
    this.#refused++;
    return Promise.reject(
      new LearnerError('busy', `${name} refused: the learn worker is being restarted`),
    );
  }
}
