/** Kinds of work that share the engine, which runs one job at a time. */
export type EngineJob = 'crops' | 'scene';

interface Job {
  readonly run: () => Promise<void>;
}

/**
 * Runs one job at a time: waiting crop jobs before waiting scenes, each in order of arrival. The
 * caller bounds the number of waiting jobs.
 */
export class EngineQueue {
  readonly #waiting: Record<EngineJob, Job[]> = { crops: [], scene: [] };
  #onJobDone: (() => void)[] = [];
  #running = false;

  /** Runs the job when its turn comes, and settles as the job does. */
  run<Result>(kind: EngineJob, job: () => Promise<Result>): Promise<Result> {
    const result = new Promise<Result>((resolve, reject) => {
      this.#waiting[kind].push({
        run: () => job().then(resolve, (error: unknown) => reject(error as Error)),
      });
    });
    if (!this.#running) void this.#runAll();
    return result;
  }

  /**
   * Resolves once no job runs or waits, and after `jobsMax` jobs at the latest: a caller that
   * yields like this slows down under load but does not starve.
   */
  async giveWay(jobsMax: number): Promise<void> {
    for (let jobs = 0; jobs < jobsMax && this.#running; jobs++) {
      await new Promise<void>((resolve) => this.#onJobDone.push(resolve));
    }
  }

  /** Runs the crop jobs that wait now; for a running job to call between two of its steps. */
  async runWaitingCrops(): Promise<void> {
    for (const job of this.#waiting.crops.splice(0)) await job.run();
  }

  async #runAll(): Promise<void> {
    this.#running = true;
    for (;;) {
      const job = this.#waiting.crops.shift() ?? this.#waiting.scene.shift();
      if (job === undefined) break;
      await job.run();
      const callbacks = this.#onJobDone;
      this.#onJobDone = [];
      if (this.#waiting.crops.length + this.#waiting.scene.length === 0) this.#running = false;
      for (const resolve of callbacks) resolve();
    }
    this.#running = false;
  }
}
